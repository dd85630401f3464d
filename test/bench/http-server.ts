// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import type { Sample } from './harness.ts';
import type { Load } from './load.ts';
import { answer, loadCore, type PinnedProcess, pinned, serverCore } from './pinned.ts';

const folder = import.meta.dirname;

export interface HttpMeasurement {
  /** Node options of the server, such as `--require` and a preload. */
  readonly nodeOptions: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Its handler, and how much of it: the arguments of `server.mjs`. */
  readonly handler: readonly [kind: 'works' | 'waits' | 'streams', amount: number];
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Starts one fresh server, warms it up, loads it with as many requests as it takes, and stops it. */
export async function measureHttpServer(measurement: HttpMeasurement): Promise<Sample> {
  const server = pinned(
    serverCore,
    [...measurement.nodeOptions, path.join(folder, 'server.mjs'), ...measurement.handler.map(String)],
    measurement.env,
  );
  try {
    const { port } = await answer<{ port: number }>(server);
    const url = `http://127.0.0.1:${port}/items/7`;
    await load(url, measurement.warmUpSeconds, measurement.connections);
    const before = await usage(server);
    const { requests, seconds, p50Milliseconds, p99Milliseconds } = await load(
      url,
      measurement.seconds,
      measurement.connections,
    );
    const after = await usage(server);
    return {
      cpuMicrosecondsPerRequest: (after.cpu - before.cpu) / requests,
      requestsPerSecond: requests / seconds,
      p50Milliseconds,
      p99Milliseconds,
      rssMegabytes: after.rss / 1e6,
    };
  } finally {
    server.kill();
    await server.catch(() => undefined);
  }
}

async function load(url: string, seconds: number, connections: number): Promise<Load> {
  const generator = pinned(loadCore, [
    '--import',
    'tsx',
    path.join(folder, 'load.ts'),
    url,
    `${seconds}`,
    `${connections}`,
  ]);
  const [result] = await Promise.all([answer<Load>(generator), generator]);
  return result;
}

async function usage(server: PinnedProcess): Promise<{ cpu: number; rss: number }> {
  const [answered] = await Promise.all([answer<{ cpu: number; rss: number }>(server), server.sendMessage('usage')]);
  return answered;
}
