// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Comparing } from '../harness.ts';
import { answer, pinned, serverCore } from '../pinned.ts';
import { type Preload, preload, preloadPeers, preloads } from '../preloads.ts';

const program = path.join(import.meta.dirname, '../start.cjs');

/** What the process does before it is measured; the preload of this project does not start its SDK before there is a reason. */
const workloads: Readonly<Record<string, string>> = {
  'process that measures nothing': 'nothing',
  'process that uses an instrument': 'records',
  'service that answers its first request': 'serves',
};

interface Started {
  readonly cpu: number;
  readonly rss: number;
  readonly modules: number;
}

const oneFile = 'register.cjs alone';

export const startup: Comparing = {
  name: 'startup',
  question: 'What does each preload add to the start of a process?',
  subjects: [...preloads, oneFile],
  workloads: Object.keys(workloads),
  packages: ['@opentelemetry/sdk-metrics'],
  peers: preloadPeers,
  async measure(subject, workload) {
    const folder = await mkdtemp(path.join(tmpdir(), 'onyx-start-'));
    try {
      const { nodeOptions, env } = await preloadOf(subject, folder);
      const began = performance.now();
      const child = pinned(serverCore, [...nodeOptions, program, workloads[workload] ?? ''], env);
      const { cpu, rss, modules } = await answer<Started>(child);
      const wallMilliseconds = performance.now() - began;
      await child.catch(() => undefined);
      return { wallMilliseconds, cpuMilliseconds: cpu / 1000, rssMegabytes: rss / 1e6, modules };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function preloadOf(subject: string, folder: string): Promise<Preload> {
  const loaded = await preload(subject === oneFile ? 'otel/register' : subject, 'http://127.0.0.1:1', 60_000);
  if (subject !== oneFile) return loaded;
  // The way it is mounted into a container: with no package next to it.
  const copy = path.join(folder, 'register.cjs');
  await copyFile(createRequire(import.meta.url).resolve('otel/register'), copy);
  return { ...loaded, nodeOptions: ['--require', copy] };
}
