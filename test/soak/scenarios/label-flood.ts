// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { endpoints } from '../../../otel/src/catalogue/catalogue.ts';
import { scrapesElsewhere } from '../../bench/scrapes.ts';
import { quantile } from '../../bench/statistics.ts';
import { counter, instance, send } from '../../collector/helpers/otlp.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { type Check, check, type Scenario } from '../scenario.ts';
import { Timeline } from '../timeline.ts';

const values = 100_000;
/** Points of one request, which may have 4 MiB. */
const batch = 10_000;
/** Milliseconds between two exports. */
const period = 10_000;
/** Seconds between two scrapes in production. */
const scrape = 15;
/** Seconds after which the collector has forgotten a sender's series, of which the flooded endpoint is full until then. */
const expiration = 45;

const others = endpoints.filter((name) => name !== 'suna');

export const labelFlood: Scenario = {
  name: 'label-flood',
  claim:
    'A sender called suna floods its endpoint with 100,000 label values: the other endpoints stay fast and lack no sample, and suna is back within three scrapes.',
  async run(stack, minutes, say) {
    const prometheus = new PrometheusApi(stack.urls.prometheus);
    const timeline = new Timeline(say);
    const healthy = () => prometheus.scalar('sum(up{service!=""})');
    while ((await healthy()) !== endpoints.length) await setTimeout(1000);
    const began = timeline.seconds;
    const flooding = new AbortController();
    const measured = scrapesElsewhere(
      others.map((name) => ({ url: stack.urls.endpoints[name], credentials: stack.credentials.metrics })),
      50,
      flooding.signal,
    );
    timeline.note('the flood begins');
    const answers = new Map<number, number>();
    while (timeline.seconds - began < minutes * 60) {
      const next = setTimeout(period);
      for (let first = 0; first < values; first += batch) {
        const points = Array.from({ length: batch }, (_, index) => ({
          attributes: { model: `model-${first + index}` },
          value: 1,
        }));
        const sender = { service: 'suna', instance: instance(1) };
        const status = await send(`${stack.urls.otlp}/v1/metrics`, sender, [counter('flood_total', points)]);
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
      await next;
    }
    timeline.note(`the flood ends; answers: ${JSON.stringify(Object.fromEntries(answers))}`);
    const ended = timeline.seconds;
    flooding.abort();
    const milliseconds = await measured;
    const suna = (selector: string) => prometheus.scalar(`${selector}{service="suna"}`);
    const missed = await prometheus.scalar(
      `count_over_time(up{service="suna"}[${Math.ceil(ended - began)}s]) - sum_over_time(up{service="suna"}[${Math.ceil(ended - began)}s])`,
    );
    while ((await suna('up')) !== 1 && timeline.seconds - ended < 300) await setTimeout(500);
    const back = timeline.seconds - ended;
    timeline.note('suna is scraped again');
    const after = `{service="suna"}[${Math.ceil(back)}s]`;
    const failed = await prometheus.scalar(`count_over_time(up${after}) - sum_over_time(up${after})`);
    const range = `[${Math.floor(timeline.seconds - began)}s]`;
    const expected = Math.floor((timeline.seconds - began) / scrape);
    const checks: Check[] = [
      check('scrapes of suna that its fuse failed during the flood, at least one', 1, missed, missed >= 1),
      check('scrapes of suna that failed after the flood, at most three', 3, failed, failed <= 3),
      check(
        `seconds from the end of the flood to a scrape of suna, ${expiration} of them its expiration`,
        expiration + 2 * scrape,
        Math.round(back),
        back <= expiration + 2 * scrape,
      ),
    ];
    for (const [index, name] of others.entries()) {
      const p95 = quantile(milliseconds[index] ?? [], 0.95);
      const good = await prometheus.scalar(`sum_over_time(up{service="${name}"}${range})`);
      checks.push(
        check(`scrapes of ${name} by Prometheus that succeeded`, expected, good, good >= expected - 1),
        check(`milliseconds of a scrape of ${name} during the flood, p95`, 10, Math.round(p95 * 100) / 100, p95 < 10),
      );
    }
    return { events: timeline.events, checks };
  },
};
