// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { upstreamComponents } from '../../../collector-config/go-builds.ts';
import { readSettings } from '../../../services/native/environment.ts';
import { binary, built } from '../../../services/native/programs/binaries.ts';
import { type Collector, startCollector } from '../../collector/helpers/collector.ts';
import { counter, exponential, histogram, instance, message } from '../../collector/helpers/otlp.ts';
import { keepCoresBusy } from '../busy.ts';
import type { Alternating, Sample } from '../harness.ts';
import { use } from '../process-use.ts';
import { type Scraped, scrapesByCurl } from '../scrapes.ts';
import { scrapesByPrometheus } from '../scraping-prometheus.ts';
import { quantile } from '../statistics.ts';

const minimal = fileURLToPath(new URL('../minimal-collector.yaml', import.meta.url));

const programs = {
  "upstream's exporter": () => built(upstreamComponents, readSettings()),
  'our exporter': () => binary('otelcol'),
} as const;

/** What an endpoint holds: 5,000 counters and 500 histograms of seven boundaries, or native histograms of 32 buckets. */
const contents = {
  '10,000 lines': () => [
    counter(
      'bench_total',
      routes(5000).map((attributes, index) => ({ attributes, value: index + 0.5 })),
    ),
    histogram(
      'bench_seconds',
      [0.1, 0.5, 1, 1.5, 2, 5, 10],
      routes(500).map((attributes, index) => ({ attributes, counts: [1, 2, 3, 4, 5, 6, 7, index], sum: index })),
    ),
  ],
  '1,000 native histograms': () => [
    exponential(
      'bench_native_seconds',
      routes(1000).map((attributes, index) => ({
        attributes,
        scale: 3,
        offset: 0,
        counts: Array.from({ length: 32 }, (_, bucket) => 1 + ((bucket * index) % 50)),
        sum: index,
      })),
    ),
  ],
} as const;

const formats = {
  text: 'text/plain;version=0.0.4',
  OpenMetrics: 'application/openmetrics-text;version=1.0.0',
  protobuf: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
} as const;

interface Workload {
  readonly content: keyof typeof contents;
  readonly format: keyof typeof formats;
  readonly encoding: 'plain' | 'gzip';
  readonly busy: boolean;
}

const responses: Readonly<Record<string, Workload>> = Object.fromEntries(
  (Object.keys(contents) as Workload['content'][]).flatMap((content) =>
    [false, true].flatMap((busy) =>
      (Object.keys(formats) as Workload['format'][]).flatMap((format) =>
        (['plain', 'gzip'] as const).map((encoding) => [
          `${content}, ${format}, ${encoding}${busy ? ', every core busy' : ''}`,
          { content, format, encoding, busy },
        ]),
      ),
    ),
  ),
);

const takingIn: Readonly<Record<string, keyof typeof contents>> = {
  'taking in what is 10,000 lines': '10,000 lines',
  'taking in 1,000 native histograms': '1,000 native histograms',
};

const stored: Readonly<Record<string, keyof typeof contents>> = {
  'Prometheus scrapes 10,000 lines': '10,000 lines',
  'Prometheus scrapes 1,000 native histograms': '1,000 native histograms',
};

export const collectorExporter: Alternating = {
  name: 'collector-exporter',
  question:
    "How long does an endpoint of our exporter take to answer, and what does it cost, compared with upstream's?",
  subjects: ["upstream's exporter", 'our exporter', 'static file'],
  workloads: [...Object.keys(responses), ...Object.keys(takingIn), ...Object.keys(stored)],
  packages: [],
  async measureInTurns(subjects, workload, quick) {
    const running = new Map<string, Collector>();
    try {
      for (const [subject, program] of Object.entries(programs))
        running.set(subject, await startCollector({}, [], minimal, program));
      const response = responses[workload];
      if (response) return await timesOf(subjects, running, response, quick);
      const taken = takingIn[workload];
      if (taken) return await pushesTo(subjects, running, taken, quick);
      return await durationsOf(running, stored[workload] ?? '10,000 lines', quick);
    } finally {
      for (const collector of running.values()) await collector.stop('SIGKILL');
    }
  },
};

function routes(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    'http.request.method': 'GET',
    'http.route': `/api/route-${index}`,
    'http.response.status_code': '200',
  }));
}

async function push({ otlp }: Collector, content: keyof typeof contents): Promise<void> {
  const body = JSON.stringify(message({ service: 'suna', instance: instance(1) }, contents[content]()));
  const answer = await fetch(otlp, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`refused with ${answer.status}`);
}

const scrapedOf = ({ addresses, password }: Collector): Scraped => ({
  url: `http://${addresses.suna}/metrics`,
  credentials: { username: 'prometheus', password },
});

/** A server that has in memory what the endpoint answers, and nothing else to do. */
async function inMemory(
  { url, credentials: { username, password } }: Scraped,
  headers: Readonly<Record<string, string>>,
) {
  const [answer] = (await once(get(url, { auth: `${username}:${password}`, headers }), 'response')) as [
    IncomingMessage,
  ];
  const body = await buffer(answer);
  const { 'content-type': type, 'content-encoding': encoding } = answer.headers;
  const fields = { 'content-type': type, ...(encoding && { 'content-encoding': encoding }) };
  const server = createServer((_request, response) => response.writeHead(200, fields).end(body));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/metrics`, close: () => server.close() };
}

/** Scrapes by curl, ten of each in turn. The file in memory tells how long the client and the kernel take of it. */
async function timesOf(
  subjects: readonly string[],
  running: ReadonlyMap<string, Collector>,
  { content, format, encoding, busy }: Workload,
  quick: boolean,
): Promise<Record<string, Sample>> {
  const asked = { accept: formats[format], 'accept-encoding': encoding === 'gzip' ? 'gzip' : 'identity' };
  const headers = Object.entries(asked).map(([name, value]) => `${name}: ${value}`);
  for (const collector of running.values()) {
    await push(collector, content);
    await scrapesByCurl(scrapedOf(collector), { count: 3, pauseMillis: 10, headers });
  }
  const ours = scrapedOf(running.get('our exporter') as Collector);
  const file = await inMemory(ours, asked);
  const milliseconds = new Map(subjects.map((subject) => [subject, [] as number[]]));
  const cpu = new Map<string, number>();
  const stop = busy ? keepCoresBusy(120) : () => {};
  try {
    for (let turn = 0; turn < (quick ? 1 : 5); turn += 1) {
      for (const subject of subjects) {
        const collector = running.get(subject);
        const scrape = async (scraped: Scraped) =>
          void milliseconds
            .get(subject)
            ?.push(...(await scrapesByCurl(scraped, { count: 10, pauseMillis: 20, headers })));
        if (collector === undefined) {
          await scrape({ ...ours, url: file.url });
          continue;
        }
        // As a service does between two scrapes; otherwise everything would expire.
        await push(collector, content);
        await setTimeout(200);
        const before = (await use(collector.pid)).cpuSeconds;
        await scrape(scrapedOf(collector));
        cpu.set(subject, (cpu.get(subject) ?? 0) + (await use(collector.pid)).cpuSeconds - before);
      }
    }
  } finally {
    stop();
    file.close();
  }
  return Object.fromEntries(
    [...milliseconds].map(([subject, times]) => {
      const seconds = cpu.get(subject);
      const spent = seconds !== undefined && { cpuMillisecondsPerScrape: (1000 * seconds) / times.length };
      return [subject, { p50Milliseconds: quantile(times, 0.5), p95Milliseconds: quantile(times, 0.95), ...spent }];
    }),
  );
}

/** Pushes, and a scrape of protobuf in gzip after each ten of them. */
async function pushesTo(
  subjects: readonly string[],
  running: ReadonlyMap<string, Collector>,
  content: keyof typeof contents,
  quick: boolean,
): Promise<Record<string, Sample>> {
  const headers = [`accept: ${formats.protobuf}`, 'accept-encoding: gzip'];
  const points = content === '10,000 lines' ? 5500 : 1000;
  const used: Record<string, number> = {};
  const [turns, pushes] = quick ? [1, 5] : [4, 20];
  for (const collector of running.values()) await push(collector, content);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const subject of subjects) {
      const collector = running.get(subject);
      if (collector === undefined) continue;
      const before = (await use(collector.pid)).cpuSeconds;
      for (let count = 0; count < pushes; count += 1) await push(collector, content);
      await scrapesByCurl(scrapedOf(collector), { count: 1, pauseMillis: 1, headers });
      // What it renders ahead is a part of it.
      await setTimeout(300);
      used[subject] = (used[subject] ?? 0) + (await use(collector.pid)).cpuSeconds - before;
    }
  }
  return Object.fromEntries(
    Object.entries(used).map(([subject, seconds]) => [
      subject,
      { cpuMicrosecondsPerPoint: (seconds / (turns * pushes * points)) * 1e6 },
    ]),
  );
}

/** What Prometheus says of its scrapes of both, and of a server that has the same answer in memory. */
async function durationsOf(
  running: ReadonlyMap<string, Collector>,
  content: keyof typeof contents,
  quick: boolean,
): Promise<Record<string, Sample>> {
  for (const collector of running.values()) await push(collector, content);
  const ours = scrapedOf(running.get('our exporter') as Collector);
  const file = await inMemory(ours, { accept: formats.protobuf, 'accept-encoding': 'gzip' });
  const targets = [
    ...[...running].map(([subject, collector]) => ({ subject, ...scrapedOf(collector) })),
    { subject: 'static file', ...ours, url: file.url },
  ];
  try {
    const durations = await scrapesByPrometheus(targets, quick ? 5 : 30);
    return Object.fromEntries(
      targets.map(({ subject }, index) => [
        subject,
        {
          prometheusP50Milliseconds: durations[index]?.p50 ?? Number.NaN,
          prometheusP95Milliseconds: durations[index]?.p95 ?? Number.NaN,
        },
      ]),
    );
  } finally {
    file.close();
  }
}
