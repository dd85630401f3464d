// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import getPort from 'get-port';
import type { Comparing } from '../harness.ts';
import { peers } from '../peers.ts';
import { answer, type PinnedProcess, pinned, serverCore } from '../pinned.ts';
import { lines, type Scraped, scrapesByCurl } from '../scrapes.ts';
import { quantile } from '../statistics.ts';

const program = (name: string) => path.join(import.meta.dirname, '..', name);
const credentials = { username: 'admin', password: 'admin' };

/** Between two exports: a tenth of what it is by default, so that a round sees a dozen of them. */
const exportMillis = 1_000;

/** From the begin of a scrape to that of the next. */
const pauseMillis = 100;

/** Of a line of the exposition, so that the baseline sends as much. */
const bytesPerLine = 80;

/** Buckets of the histogram that fills the endpoint, with its sum and its count. */
const linesPerSeries = 9;

const workloads: Readonly<Record<string, number>> = { '1,000 lines': 1_000, '10,000 lines': 10_000 };

interface Exposed {
  readonly preload: string;
  readonly file: string;
  readonly recorder: string;
  /** Whether what is preloaded listens at a port of its own. */
  readonly listens: boolean;
}

const ours = { preload: 'otel/register', file: 'record-otel.mjs', recorder: 'recorder histogram' };

const subjects: Readonly<Record<string, Exposed>> = {
  'constant text, no exports': { ...ours, listens: false },
  'otel/register': { ...ours, listens: true },
  "upstream's exporter-prometheus": {
    preload: program('peers/upstream-sdk.cjs'),
    file: 'record-otel.mjs',
    recorder: 'instrument histogram',
    listens: true,
  },
  'prom-client': {
    preload: program('peers/prom-bundle.cjs'),
    file: 'peers/record-prom.cjs',
    recorder: 'histogram',
    listens: false,
  },
};

export const endpoint: Comparing = {
  name: 'endpoint',
  question: "How long does a scrape of a service's own /metrics take, and how long does rendering hold up the service?",
  subjects: Object.keys(subjects) as [string, ...string[]],
  workloads: Object.keys(workloads),
  packages: ['@opentelemetry/sdk-metrics', '@opentelemetry/exporter-prometheus'],
  peers: ['@opentelemetry/exporter-prometheus', 'prom-client'],
  async measure(subject, workload, quick) {
    const { preload, file, recorder, listens } = subjects[subject] as Exposed;
    const wanted = workloads[workload] ?? 0;
    const series = Math.ceil(wanted / linesPerSeries);
    const ownPort = await getPort();
    const server = pinned(
      serverCore,
      [
        ...['--require', preload, program('exposed.mjs')],
        ...[program(file), recorder, String(series), String(wanted * bytesPerLine)],
      ],
      {
        OTEL_SERVICE_NAME: 'bench',
        OTEL_METRICS_EXPORTER: listens ? 'prometheus' : 'none',
        OTEL_METRIC_EXPORT_INTERVAL: String(exportMillis),
        OTEL_EXPORTER_PROMETHEUS_PORT: listens ? String(ownPort) : '',
        ...(preload !== ours.preload && { BENCH_PEERS: `${await peers()}/` }),
      },
    );
    try {
      const { port } = await answer<{ port: number }>(server);
      const scraped: Scraped = { url: `http://127.0.0.1:${listens ? ownPort : port}/metrics`, credentials };
      // Time for the first exports, and for the compiler.
      await setTimeout(quick ? 1_500 : 2_500);
      await scrapesByCurl(scraped, { count: quick ? 20 : 200, pauseMillis: 4 });
      await ask(server);
      const milliseconds = await scrapesByCurl(scraped, { count: quick ? 20 : 100, pauseMillis });
      const { stalls } = await ask(server);
      const found = await lines(scraped);
      // Fewer lines would make a good result worthless.
      if (subject !== 'constant text, no exports' && found < wanted) throw new Error(`${subject} has ${found} lines`);
      return {
        p50Milliseconds: quantile(milliseconds, 0.5),
        p95Milliseconds: quantile(milliseconds, 0.95),
        stallP95Milliseconds: quantile(stalls, 0.95),
        longestStallMilliseconds: Math.max(...stalls),
      };
    } finally {
      server.kill();
      await server.catch(() => {}); // killed
    }
  },
};

async function ask(server: PinnedProcess): Promise<{ stalls: number[] }> {
  const [answered] = await Promise.all([answer<{ stalls: number[] }>(server), server.sendMessage('stall')]);
  return answered;
}
