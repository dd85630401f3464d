// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Alternating } from '../harness.ts';
import { type HttpMeasurement, type HttpServer, measureHttpServers } from '../http-server.ts';
import { preload, preloadPeers, preloads } from '../preloads.ts';
import { copyAndSort } from '../work.mjs';

/** Milliseconds between two exports, half of what services of the platform take: there are some in each measurement. */
const exportMillis = 5_000;

/** Milliseconds of the handler that waits, until its database answers. */
const databaseMillis = 5;

type Handler = HttpMeasurement['handler'];

/** What the handler does, given the port of a database. */
const workloads: Readonly<Record<string, (databasePort: number) => Handler>> = {
  'trivial JSON handler': () => ['works', 0],
  '2 ms handler': () => ['works', copiesOfTwoMilliseconds()],
  'handler that waits 5 ms for a database': (port) => ['waits', port],
  'handler that streams 20 tokens': () => ['streams', 20],
};

let copies: number | undefined;

/** How often to repeat the work for 2 ms of CPU, about; decided once, so that every subject does the same. */
function copiesOfTwoMilliseconds(): number {
  if (copies !== undefined) return copies;
  copyAndSort(2000); // compiled first
  const before = process.cpuUsage();
  copyAndSort(2000);
  copies = Math.round((2000 * 2) / (process.cpuUsage(before).user / 1000));
  return copies;
}

export const overhead: Alternating = {
  name: 'overhead',
  question: 'What does each preload add to the CPU, latency and memory of an Express 5 service?',
  subjects: preloads,
  workloads: Object.keys(workloads),
  packages: ['express', '@opentelemetry/sdk-metrics', 'autocannon'],
  peers: preloadPeers,
  async measureInTurns(subjects, workload, quick) {
    // Takes every export, so that no subject spends its time on retries.
    const collector = createHttpServer((request, response) => request.resume().on('end', () => response.end()));
    const database = createServer((connection) => {
      connection.on('data', () => setTimeout(() => connection.write('a row'), databaseMillis));
      connection.on('error', () => undefined);
    });
    try {
      const collectorUrl = `http://127.0.0.1:${await listen(collector)}`;
      const databasePort = await listen(database);
      const servers: Record<string, HttpServer> = {};
      for (const subject of subjects) servers[subject] = await preload(subject, collectorUrl, exportMillis);
      return await measureHttpServers(servers, {
        handler: (workloads[workload] as (port: number) => Handler)(databasePort),
        connections: 10,
        ...(quick ? { warmUpSeconds: 1, seconds: 1, turns: 4 } : { warmUpSeconds: 3, seconds: 5, turns: 10 }),
      });
    } finally {
      collector.closeAllConnections();
      collector.close();
      database.close();
    }
  },
};

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}
