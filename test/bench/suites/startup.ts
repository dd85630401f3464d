// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Suite } from '../harness.ts';
import { pinned, serverCore } from '../pinned.ts';
import { preloads } from '../preloads.ts';

const program = path.join(import.meta.dirname, '../start.cjs');

/** What the process does first; the preload of this project does not start its SDK before an instrument is used. */
const workloads: Readonly<Record<string, readonly string[]>> = {
  'process that measures nothing': [],
  'process that uses an instrument': ['records'],
};

interface Started {
  readonly cpu: number;
  readonly rss: number;
  readonly modules: number;
}

export const startup: Suite = {
  name: 'startup',
  question: 'What does each preload add to the start of a process?',
  subjects: ['bare', 'otel/register', 'auto-instrumentations-node/register'],
  workloads: Object.keys(workloads),
  packages: ['@opentelemetry/sdk-metrics', '@opentelemetry/auto-instrumentations-node'],
  async measure(subject, workload) {
    const began = performance.now();
    const child = pinned(serverCore, [...(preloads[subject] ?? []), program, ...(workloads[workload] ?? [])], {
      OTEL_SERVICE_NAME: 'bench',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
    });
    const { cpu, rss, modules } = (await child.getOneMessage()) as unknown as Started;
    const wallMilliseconds = performance.now() - began;
    await child.catch(() => undefined);
    return { wallMilliseconds, cpuMilliseconds: cpu / 1000, rssMegabytes: rss / 1e6, modules };
  },
};
