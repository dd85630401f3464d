// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { type Arrival, arrivals, baseline } from '../../../services/load/arrival.ts';
import { runLoad } from '../../../services/load/driver.ts';
import type { Ledger } from '../../../services/load/ledger.ts';
import { makePlan, type Plan } from '../../../services/load/plan.ts';
import { type Stack, startStack } from '../../../services/native/stack/stack.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import type { Sample, Suite } from '../harness.ts';
import { monitoring, use } from '../process-use.ts';
import { quantile } from '../statistics.ts';

/** How many times the users of the usual load there are, and how often each goes through the chats. */
const workloads: Readonly<Record<string, { readonly times: number; readonly turns: number }>> = {
  '20 users': { times: 1, turns: 2 },
  '200 users': { times: 10, turns: 1 },
};

const values = 'values on their way';

/** Milliseconds between two questions to Prometheus, and the error of each measured latency. */
const pause = 250;

/** Seconds after the load for which the last value is waited for. */
const patient = 90;

/** Seconds after which an increment that is sent twice has arrived twice: an export, a collection and two scrapes. */
const settled = 30;

export const pipeline: Suite = {
  name: 'pipeline',
  question:
    'How long after a chat or task has ended does Prometheus know, is any lost or counted twice, and what does the monitoring side take?',
  subjects: [values, ...monitoring],
  workloads: Object.keys(workloads),
  packages: ['@opentelemetry/sdk-metrics'],
  async measureTogether(workload, quick) {
    const { times, turns } = workloads[workload] as { times: number; turns: number };
    // The intervals of production, except in a hurry.
    const stack = await startStack({
      ports: 'free',
      ...(quick && { intervals: { scrape: 1, export: 1, collection: 1 } }),
    });
    try {
      const options = { prometheusUrl: stack.urls.prometheus, signal: AbortSignal.timeout(400_000) };
      const before = await baseline(options);
      const { ledger, seconds, latencies, use } = await driven(stack, multiplied(makePlan(), times, quick ? 1 : turns));
      const arrived = await arrivals({ ...options, before, ledger });
      await setTimeout(quick ? 0 : settled * 1000);
      const later = await arrivals({ ...options, before, ledger });
      return {
        [values]: {
          increments: exact(arrived).reduce((sum, { driven }) => sum + driven, 0),
          lost: difference(later, ({ driven, arrived }) => driven - arrived),
          doubled: difference(later, ({ driven, arrived }) => arrived - driven),
          p50Seconds: quantile(latencies, 0.5),
          p95Seconds: quantile(latencies, 0.95),
          maxSeconds: Math.max(...latencies),
          perSecond: latencies.length / seconds,
        },
        ...Object.fromEntries(monitoring.map((part, index) => [part, use[index] ?? {}])),
      };
    } finally {
      await stack.stop();
    }
  },
};

/** Those that only the load moves. */
const exact = (arrived: readonly Arrival[]) => arrived.filter(({ atLeast }) => !atLeast);

/** Of each metric by itself: what one has too much does not make up for what another has too little. */
function difference(arrived: readonly Arrival[], of: (arrival: Arrival) => number): number {
  return exact(arrived).reduce((sum, arrival) => sum + Math.max(0, of(arrival)), 0);
}

/** The plan for so many times its users, each going through their chats so often. */
export function multiplied(plan: Plan, times: number, turns: number): Plan {
  const copies = Array.from({ length: times }, (_, copy) => copy);
  return {
    ...plan,
    users: copies.flatMap((copy) =>
      plan.users.map(({ user, chats }) => ({
        user: copy === 0 ? user : user.replace('@', `-${copy}@`),
        chats: Array.from({ length: turns }, () => chats).flat(),
      })),
    ),
  };
}

interface Driven {
  readonly ledger: Ledger;
  /** How long the load lasted. */
  readonly seconds: number;
  /** Of each chat and task: seconds from its end until Prometheus had as many as had ended by then. */
  readonly latencies: readonly number[];
  /** What each part of the monitoring side took meanwhile. */
  readonly use: readonly Sample[];
}

async function driven(stack: Stack, plan: Plan): Promise<Driven> {
  const used = () => Promise.all(monitoring.map((part) => use(stack.processes[part].pid as number)));
  const ended: number[] = [];
  const [began, first] = [performance.now(), await used()];
  const loading = runLoad({ sunaUrl: stack.urls.suna, plan, onProgress: () => ended.push(performance.now()) });
  const measuring = loading.then(async (ledger) => {
    const [seconds, last] = [(performance.now() - began) / 1000, await used()];
    const sample = (part: (typeof last)[number], index: number) => ({
      cpuPercentOfACore: ((part.cpuSeconds - (first[index]?.cpuSeconds ?? Number.NaN)) / seconds) * 100,
      megabytes: part.megabytes,
      peakMegabytes: part.peakMegabytes,
    });
    return { ledger, seconds, use: last.map(sample) };
  });
  const [measured, latencies] = await Promise.all([measuring, watched(stack, ended, loading)]);
  return { ...measured, latencies };
}

/** @param ended when each chat and task ended, growing until the load has */
async function watched(stack: Stack, ended: readonly number[], loading: Promise<Ledger>): Promise<number[]> {
  const prometheus = new PrometheusApi(stack.urls.prometheus);
  const count = 'sum({__name__=~"onyx_chat_duration_seconds_count|onyx_task_completion_total"})';
  const latencies: number[] = [];
  let patience = Number.POSITIVE_INFINITY;
  const limit = () => {
    patience = performance.now() + patient * 1000;
  };
  loading.then(limit, limit);
  // What never arrives is told by the comparison with the ledger.
  while (performance.now() < patience && !(patience < Number.POSITIVE_INFINITY && latencies.length >= ended.length)) {
    const arrived = (await prometheus.scalar(count)) || 0;
    const now = performance.now();
    for (const end of ended.slice(latencies.length, arrived)) latencies.push((now - end) / 1000);
    await setTimeout(pause);
  }
  return latencies;
}
