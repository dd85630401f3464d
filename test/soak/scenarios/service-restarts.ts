// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import type { ProcessName } from '../../../services/native/stack/platform.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { check, type Scenario } from '../scenario.ts';
import { Timeline } from '../timeline.ts';

/** Two at a time, which do not need each other: what they share with the others is the collector only. */
const rounds = [
  [
    { service: 'suna', process: 'suna' },
    { service: 'qdrant', process: 'qdrant' },
  ],
  [
    { service: 'onyx', process: 'onyx' },
    { service: 'redis', process: 'redis' },
  ],
  [
    { service: 'supabase', process: 'postgres' },
    { service: 'litellm', process: 'litellm' },
  ],
] as const satisfies { service: string; process: ProcessName }[][];

/** Seconds after which a dead service must be shown as such: 45 s without a report, a scrape, an evaluation, and a poll. */
const noticed = 80;
/** Seconds after which a living one must: an export or a collection, a scrape, an evaluation, and a poll. */
const forgiven = 50;

export const serviceRestarts: Scenario = {
  name: 'service-restarts',
  claim: 'Each of the six services, killed and started again, is shown as down and as up in time; the others stay up.',
  async run(stack, _minutes, say) {
    const prometheus = new PrometheusApi(stack.urls.prometheus);
    const timeline = new Timeline(say);
    const up = async () =>
      new Map((await prometheus.query('onyx:service_up')).map(({ labels, value }) => [labels.service, value]));
    /** Seconds until all of these have the value. */
    const until = async (services: readonly string[], value: number, limit: number) => {
      const began = performance.now();
      const seconds = () => (performance.now() - began) / 1000;
      const waiting = new Map(services.map((service) => [service, Number.POSITIVE_INFINITY]));
      while ([...waiting.values()].includes(Number.POSITIVE_INFINITY) && seconds() < limit * 2) {
        const states = await up();
        for (const [service, found] of waiting)
          if (found === Number.POSITIVE_INFINITY && states.get(service) === value) waiting.set(service, seconds());
        await setTimeout(1000);
      }
      return waiting;
    };
    await until(
      Object.values(rounds).flatMap((round) => round.map(({ service }) => service)),
      1,
      120,
    );
    timeline.note('all six are up');
    const checks = [];
    for (const round of rounds) {
      const services = round.map(({ service }) => service);
      const began = timeline.seconds;
      await Promise.all(round.map(({ process }) => stack.processes[process].stop('SIGKILL')));
      timeline.note(`${services.join(' and ')} killed`);
      for (const [service, seconds] of await until(services, 0, noticed))
        checks.push(check(`seconds until ${service} is down`, noticed, round1(seconds), seconds <= noticed));
      await Promise.all(round.map(({ process }) => stack.processes[process].start()));
      timeline.note(`${services.join(' and ')} back`);
      for (const [service, seconds] of await until(services, 1, forgiven))
        checks.push(check(`seconds until ${service} is up`, forgiven, round1(seconds), seconds <= forgiven));
      const others = `onyx:service_up{service!~"${services.join('|')}"}[${Math.ceil(timeline.seconds - began)}s]`;
      const lowest = await prometheus.query(`min_over_time(${others})`);
      const held = lowest.filter(({ value }) => value === 1).length;
      checks.push(check(`others that stayed up beside ${services.join(' and ')}`, 4, held));
    }
    return { events: timeline.events, checks };
  },
};

const round1 = (seconds: number) => Math.round(seconds * 10) / 10;
