// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import getPort from 'get-port';
import type { Suite } from '../harness.ts';
import { type PinnedProcess, pinned, serverCore } from '../pinned.ts';
import { lines, type Scraped, scrapes } from '../scrapes.ts';
import { quantile } from '../statistics.ts';

const program = path.resolve(import.meta.dirname, '../exposed.mjs');
const credentials = { username: 'admin', password: 'admin' };

/** Exports a second apart would need minutes for enough of them. */
const exportMilliseconds = 100;

/** Size of the exposition at the cap, so that the baseline sends as much. */
const bytes = 75_000;

const encodings: Readonly<Record<string, string>> = { plain: 'identity', gzip: 'gzip' };

export const endpoint: Suite = {
  name: 'endpoint',
  question:
    "How long does a scrape of a service's own /metrics take with 1,000 lines, and how long does rendering hold up the service?",
  subjects: ['constant text, no exports', 'otel/register /metrics'],
  workloads: Object.keys(encodings),
  packages: ['@opentelemetry/sdk-metrics', '@opentelemetry/exporter-prometheus'],
  async measure(subject, workload, quick) {
    const exposed = subject === 'otel/register /metrics';
    const exposedPort = await getPort();
    const server = pinned(serverCore, ['--require', 'otel/register', program, String(bytes)], {
      OTEL_SERVICE_NAME: 'bench',
      OTEL_METRICS_EXPORTER: exposed ? 'prometheus' : 'none',
      OTEL_METRIC_EXPORT_INTERVAL: String(exportMilliseconds),
      OTEL_EXPORTER_PROMETHEUS_PORT: String(exposedPort),
    });
    try {
      const { port } = (await server.getOneMessage()) as { port: number };
      const url = `http://127.0.0.1:${exposed ? exposedPort : port}/metrics`;
      // Time for the first exports, and for the compiler.
      await setTimeout(quick ? 500 : 3_000);
      const scraped: Scraped = { url, credentials, encoding: encodings[workload] };
      const pace = { count: quick ? 50 : 500, pause: 4 };
      await scrapes(scraped, pace);
      await ask(server);
      const milliseconds = await scrapes(scraped, pace);
      const { stalls } = await ask(server);
      if (exposed) await expectLines(scraped);
      return { p95Milliseconds: quantile(milliseconds, 0.95), stallP95Milliseconds: quantile(stalls, 0.95) };
    } finally {
      server.kill();
      await server.catch(() => undefined);
    }
  },
};

async function ask(server: PinnedProcess): Promise<{ stalls: number[] }> {
  const [answer] = await Promise.all([server.getOneMessage(), server.sendMessage('stall')]);
  return answer as unknown as { stalls: number[] };
}

/** Fewer lines than the cap would make a good result worthless. */
async function expectLines(scraped: Scraped): Promise<void> {
  const found = await lines(scraped);
  if (found < 900) throw new Error(`${scraped.url} has only ${found} lines`);
}
