// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  endpointLines,
  instances,
  linesOf,
  linesOfEndpoint,
  metricsOf,
  setLimits,
} from '../../../otel/src/catalogue/budget.ts';
import {
  type CatalogueMetric,
  catalogue,
  type Label,
  lineBudget,
  services,
} from '../../../otel/src/catalogue/catalogue.ts';
import { prometheusName } from '../../../otel/src/catalogue/prometheus-name.ts';
import { LabelLimiter } from '../../../otel/src/limit/label-limiter.ts';
import { usersAs } from '../../../otel/src/limit/pseudonym.ts';
import { startCollector } from '../../collector/helpers/collector.ts';
import { fixture, preloaded } from '../helpers/preloaded.ts';

const metrics = Object.entries<CatalogueMetric>(catalogue);

describe('the line budget', () => {
  it.each(services)('holds for the endpoint of %s with two instances, every limit reached', (service) => {
    expect(instances).toBe(2);
    expect(endpointLines(service)).toBeLessThanOrEqual(lineBudget);
    expect(endpointLines(service)).toBeGreaterThan(0.7 * lineBudget);
  });

  it('is what the endpoints of the collector have, line by line, when two instances of each service record all they can', async () => {
    const collector = await startCollector();
    onTestFinished(async () => void (await collector.stop()));
    const senders = services.flatMap((service) => Array<string>(instances).fill(service));
    const programs = senders.map((service) =>
      preloaded([fixture('full-metrics.cjs')], {
        OTEL_SERVICE_NAME: service,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      }),
    );
    for (const { ended } of programs) expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
    for (const service of services) {
      const { body } = await collector.scrape(service);
      const linesNamed = (name: string) => body.match(new RegExp(`^${name}[{ ]`, 'gm'))?.length ?? 0;
      const counted = metricsOf(service, 'node').map(([name, metric]): [name: string, lines: number] => {
        const exposed = prometheusName({ name, ...metric });
        return [name, linesNamed(metric.kind === 'histogram' ? `${exposed}_(bucket|sum|count)` : exposed)];
      });
      const most = metricsOf(service, 'node').map(([name, metric]): [string, number] => [
        name,
        instances * linesOf(metric),
      ]);
      // What a process measures of itself depends on what it is: some garbage collections never happen.
      const recorded = ([name]: [string, number]) => !/^(nodejs|v8js|process)[.]|^onyx_telemetry_/.test(name);
      expect(counted.filter(recorded)).toEqual(most.filter(recorded));
      for (const [index, [, lines]] of counted.entries()) expect(lines).toBeLessThanOrEqual(most[index]?.[1] ?? 0);
      const sum = (of: readonly [string, number][]) => of.reduce((total, [, lines]) => total + lines, 0);
      // Nothing but these, and what the budget allows for each sender and the endpoint, whose own line comes after a while.
      const own = linesNamed('onyx_collector_listening_seconds');
      expect(own).toBeLessThanOrEqual(linesOfEndpoint);
      const others = (body.match(/^[^#\n]+$/gm)?.length ?? 0) - sum(counted) - own;
      expect(others).toBe(endpointLines(service) - sum(most) - linesOfEndpoint);
    }
  });

  it('is 60 label sets of a histogram, and 500 of a counter or gauge, that states no number of its own', () => {
    const labels = { customer: { limit: 1_000 } };
    const { description, unit, boundaries } = catalogue.onyx_chat_duration_seconds;
    const caps = (['counter', 'gauge'] as const).map((kind) => setLimits({ kind, description, unit, labels }).all);
    expect([setLimits({ kind: 'histogram', boundaries, description, unit, labels }).all, ...caps]).toEqual([
      60, 500, 500,
    ]);
  });

  it('counts users x models x outcomes x lines, up to the cap', () => {
    const chat: CatalogueMetric = {
      ...catalogue.onyx_chat_duration_seconds,
      labels: { model: { limit: 1 }, user_id: { limit: 2 }, success: { values: ['true', 'other'] } },
    };
    expect(linesOf(chat)).toBe(3 * 2 * 2 * 9);
    expect(linesOf(catalogue.onyx_chat_duration_seconds)).toBe(500 * 9);
  });

  it.each(
    metrics.filter(
      ([, { labels }]) =>
        Object.values<Label>(labels).length === 1 && 'values' in (Object.values<Label>(labels)[0] ?? {}),
    ),
  )('leaves room for every value of %s, whose only label is closed', (_name, metric) => {
    const onFold = () => expect.fail('there is room');
    const limiter = new LabelLimiter(metric, { users: usersAs('pseudonym', 'a key of the test'), onFold });
    for (const [label, allowed] of Object.entries<Label>(metric.labels)) {
      const values = 'values' in allowed ? allowed.values : [];
      const shown = [...values, 'not listed'].map((value) => limiter.process({ [label]: value })[label]);
      expect(shown).toEqual([...values, 'other']);
    }
  });

  it.each(metrics)('is never exceeded by %s, whatever is recorded', (_name, metric) => {
    const limiter = new LabelLimiter(metric, { users: usersAs('pseudonym', 'a key of the test') });
    const sets = new Set<object>();
    for (let round = 0; round < 3_000; round++) {
      const labels = Object.entries(metric.labels).map(([label, allowed], place) => {
        const values = 'values' in allowed ? allowed.values : [];
        return [label, [...values, 'odd', 'a', 'b', 'c'].at((round * (place + 3) + (round >> place)) % 17)];
      });
      sets.add(limiter.process(Object.fromEntries(labels)));
    }
    expect(sets.size).toBeLessThanOrEqual(setLimits(metric).all);
  });
});
