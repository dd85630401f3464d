// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { Agent, get } from 'node:http';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import getPort from 'get-port';
import type { Suite } from '../harness.ts';
import { type PinnedProcess, pinned, serverCore } from '../pinned.ts';

const program = path.resolve(import.meta.dirname, '../exposed.mjs');
const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;

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
      const encoding = encodings[workload] ?? '';
      const count = quick ? 50 : 500;
      await scrapes(url, count, encoding);
      await ask(server);
      const milliseconds = await scrapes(url, count, encoding);
      const { stalls } = await ask(server);
      if (exposed) await expectLines(url);
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

/** How long each of so many scrapes took: one after the other on one connection, as Prometheus makes them, only sooner. */
async function scrapes(url: string, count: number, encoding: string): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const milliseconds: number[] = [];
  for (let scrape = 0; scrape < count; scrape++) {
    const start = performance.now();
    await read(url, agent, encoding);
    milliseconds.push(performance.now() - start);
    await setTimeout(4);
  }
  agent.destroy();
  return milliseconds;
}

/** Fewer lines than the cap would make a good result worthless. */
async function expectLines(url: string): Promise<void> {
  const lines = String(await read(url, new Agent(), 'identity')).match(/^[^#\n]+$/gm)?.length ?? 0;
  if (lines < 900) throw new Error(`${url} has only ${lines} lines`);
}

function read(url: string, agent: Agent, encoding: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization, 'accept-encoding': encoding } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`));
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
    }).on('error', reject);
  });
}

function quantile(values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(q * values.length)] ?? Number.NaN;
}
