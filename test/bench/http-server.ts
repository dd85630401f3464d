// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import type { Message } from 'execa';
import { rotate, type Sample } from './harness.ts';
import type { Load, Wanted } from './load.ts';
import { answer, loadCore, type PinnedProcess, pinned, serverCore } from './pinned.ts';
import { quantile } from './statistics.ts';

const folder = import.meta.dirname;

/** How a server is started. */
export interface HttpServer {
  /** Node options, such as `--require` and a preload. */
  readonly nodeOptions: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface HttpMeasurement {
  /** Their handler, and how much of it: the arguments of `server.mjs`. */
  readonly handler: readonly [kind: 'works' | 'waits' | 'streams' | 'asks' | 'fetches', amount: number];
  readonly connections: number;
  readonly warmUpSeconds: number;
  /** How long the first server is measured, about: the others get as many requests as it. */
  readonly seconds: number;
  /** In how many pieces that is cut. */
  readonly turns: number;
}

/**
 * Starts fresh servers, warms each up, loads one after the other with as many requests as it takes, in many short turns, and stops
 * them. So what slows the machine for some seconds slows all of them.
 */
export async function measureHttpServers(
  servers: Readonly<Record<string, HttpServer>>,
  { handler, connections, warmUpSeconds, seconds, turns }: HttpMeasurement,
): Promise<Record<string, Sample>> {
  const generator = pinned(loadCore, ['--import', 'tsx', path.join(folder, 'load.ts')]);
  const started: { readonly name: string; readonly process: PinnedProcess; readonly url: string }[] = [];
  try {
    for (const [name, { nodeOptions, env }] of Object.entries(servers)) {
      const command = [...nodeOptions, path.join(folder, 'server.mjs'), ...handler.map(String)];
      const process = pinned(serverCore, command, env);
      started.push({ name, process, url: '' });
      const { port } = await answer<{ port: number }>(process);
      started.splice(-1, 1, { name, process, url: `http://127.0.0.1:${port}/items/7` });
    }
    const load = (url: string, wanted: { duration: number } | { amount: number }) =>
      ask<Load>(generator, { url, connections, ...wanted } satisfies Wanted);
    let amount = 0;
    for (const { url } of started) {
      const { requests } = await load(url, { duration: warmUpSeconds });
      amount ||= Math.max(connections, Math.round((requests / warmUpSeconds) * (seconds / turns)));
    }
    const measured = new Map(started.map(({ name }) => [name, { cpu: 0, rss: 0, loads: [] as Load[] }]));
    for (let turn = 0; turn < turns; turn += 1) {
      for (const { name, process, url } of rotate(started, turn)) {
        const own = measured.get(name);
        if (own === undefined) continue;
        const before = await ask<Usage>(process, 'usage');
        own.loads.push(await load(url, { amount }));
        const after = await ask<Usage>(process, 'usage');
        own.cpu += after.cpu - before.cpu;
        own.rss = after.rss;
      }
    }
    return Object.fromEntries([...measured].map(([name, { cpu, rss, loads }]) => [name, sample(cpu, rss, loads)]));
  } finally {
    for (const process of [generator, ...started.map(({ process }) => process)]) {
      process.kill();
      await process.catch(() => undefined);
    }
  }
}

/** Microseconds of CPU so far, bytes. */
interface Usage {
  readonly cpu: number;
  readonly rss: number;
}

function sample(cpu: number, rss: number, loads: readonly Load[]): Sample {
  const sum = (of: (load: Load) => number) => loads.reduce((all, load) => all + of(load), 0);
  const median = (of: (load: Load) => number) => quantile(loads.map(of), 0.5);
  return {
    cpuMicrosecondsPerRequest: cpu / sum(({ requests }) => requests),
    requestsPerSecond: sum(({ requests }) => requests) / sum(({ seconds }) => seconds),
    p50Milliseconds: median(({ p50Milliseconds }) => p50Milliseconds),
    p99Milliseconds: median(({ p99Milliseconds }) => p99Milliseconds),
    rssMegabytes: rss / 1e6,
  };
}

async function ask<Answer>(child: PinnedProcess, message: Message<'advanced'>): Promise<Answer> {
  const [answered] = await Promise.all([answer<Answer>(child), child.sendMessage(message)]);
  return answered;
}
