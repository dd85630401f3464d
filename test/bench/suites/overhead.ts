// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Suite } from '../harness.ts';
import { measureHttpServer } from '../http-server.ts';
import { preloads } from '../preloads.ts';
import { copyAndSort } from '../work.mjs';

/** Milliseconds of CPU the handler takes, about. */
const workloads: Readonly<Record<string, number>> = { 'trivial JSON handler': 0, '2 ms handler': 2 };

const copies = new Map<string, number>();

/** How often to repeat the work for a handler of so many milliseconds; decided once, so that every subject does the same. */
function copiesFor(workload: string): number {
  const known = copies.get(workload);
  if (known !== undefined) return known;
  copyAndSort(2000); // compiled first
  const before = process.cpuUsage();
  copyAndSort(2000);
  const milliseconds = process.cpuUsage(before).user / 1000;
  const decided = Math.round((2000 * (workloads[workload] ?? 0)) / milliseconds);
  copies.set(workload, decided);
  return decided;
}

export const overhead: Suite = {
  name: 'overhead',
  question: 'What does each preload add to the CPU, latency and memory of an Express 5 service?',
  subjects: ['bare', 'otel/register', 'auto-instrumentations-node/register'],
  workloads: Object.keys(workloads),
  packages: ['express', '@opentelemetry/sdk-metrics', '@opentelemetry/auto-instrumentations-node', 'autocannon'],
  async measure(subject, workload, quick) {
    // Takes every export, so that no subject spends its time on retries.
    const collector = createServer((request, response) => request.resume().on('end', () => response.end()));
    await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
    const { port } = collector.address() as AddressInfo;
    try {
      return await measureHttpServer({
        nodeOptions: preloads[subject] ?? [],
        env: {
          OTEL_SERVICE_NAME: 'bench',
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
          OTEL_METRIC_EXPORT_INTERVAL: '10000',
          OTEL_METRICS_EXPORTER: 'otlp',
          OTEL_TRACES_EXPORTER: 'none',
          OTEL_LOGS_EXPORTER: 'none',
          OTEL_NODE_RESOURCE_DETECTORS: 'env',
        },
        copies: copiesFor(workload),
        connections: 10,
        warmUpSeconds: quick ? 0.5 : 3,
        // One export interval: each measurement holds exactly one export.
        seconds: quick ? 1 : 10,
      });
    } finally {
      collector.closeAllConnections();
      collector.close();
    }
  },
};
