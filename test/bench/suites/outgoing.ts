// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Alternating } from '../harness.ts';
import { type HttpMeasurement, type HttpServer, measureHttpServers } from '../http-server.ts';
import { outgoingPreloads, preload } from '../preloads.ts';

/** Milliseconds between two exports. */
const exportMillis = 5_000;

/** What the handler calls another server by. */
const workloads: Readonly<Record<string, HttpMeasurement['handler'][0]>> = {
  'handler that makes a request by http': 'asks',
  'handler that makes a request by fetch': 'fetches',
};

/** How services that make requests are measured, whatever they preload. */
export const measured: Pick<Alternating, 'workloads' | 'packages' | 'measureInTurns'> = {
  workloads: Object.keys(workloads),
  packages: ['express', '@opentelemetry/sdk-metrics', 'autocannon'],
  async measureInTurns(subjects, workload, quick) {
    const collector = createServer((request, response) => request.resume().on('end', () => response.end()));
    const called = createServer((_request, response) => response.end('an answer'));
    try {
      const collectorUrl = `http://127.0.0.1:${await listen(collector)}`;
      const port = await listen(called);
      const servers: Record<string, HttpServer> = {};
      for (const subject of subjects) servers[subject] = await preload(subject, collectorUrl, exportMillis);
      return await measureHttpServers(servers, {
        handler: [workloads[workload] ?? 'asks', port],
        connections: 10,
        ...(quick ? { warmUpSeconds: 1, seconds: 1, turns: 4 } : { warmUpSeconds: 3, seconds: 5, turns: 10 }),
      });
    } finally {
      for (const server of [collector, called]) {
        server.closeAllConnections();
        server.close();
      }
    }
  },
};

export const outgoing: Alternating = {
  ...measured,
  name: 'outgoing',
  question: 'What does it cost an Express 5 service to have its outgoing requests measured?',
  subjects: outgoingPreloads,
  peers: [
    '@opentelemetry/auto-instrumentations-node',
    '@opentelemetry/sdk-node',
    '@opentelemetry/instrumentation-http',
  ],
};

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}
