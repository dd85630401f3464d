// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '../../../otel/src/catalogue/catalogue.ts';
import { type Collector, startCollector } from '../../collector/helpers/collector.ts';
import { counter, histogram, instance, message } from '../../collector/helpers/otlp.ts';
import { keepCoresBusy } from '../busy.ts';
import type { Sample, Suite } from '../harness.ts';
import { use } from '../process-use.ts';
import { lines, type Scraped, scrapes } from '../scrapes.ts';
import { quantile } from '../statistics.ts';

const minimal = fileURLToPath(new URL('../minimal-collector.yaml', import.meta.url));

/** The collector on trial, and where what a sender sent is to be found: a minimal one has one endpoint for all. */
interface Trial extends Collector {
  readonly endpoints: readonly Scraped[];
  readonly ours: boolean;
  readonly quick: boolean;
}

const senders = ['suna', 'onyx', 'billing'] as const;

const workloads: Readonly<Record<string, (trial: Trial) => Promise<Sample>>> = {
  'scrapes of 1,000 lines of one sender': (trial) => scrapesOf(trial, ['suna']),
  'scrapes of 1,000 lines of each of three senders': (trial) => scrapesOf(trial, senders),
  'scrapes of 1,000 lines of each of three senders, every core busy': async (trial) => {
    const stop = keepCoresBusy(120);
    try {
      return await scrapesOf(trial, senders);
    } finally {
      stop();
    }
  },
  '10,000 points a second': atTenThousand,
  'as many points as it takes': asManyAsItTakes,
  'new series until it refuses': untilItRefuses,
};

export const collector: Suite = {
  name: 'collector',
  question:
    'What does our configuration of the collector cost, compared with a minimal one: the time of a scrape, points a second, CPU, memory?',
  subjects: ['minimal', 'our configuration'],
  workloads: Object.keys(workloads),
  packages: [],
  async measure(subject, workload, quick) {
    const ours = subject === 'our configuration';
    const running = await startCollector({ ONYX_COLLECTION_INTERVAL: '15s' }, [], ours ? undefined : minimal);
    try {
      const names: readonly Endpoint[] = ours ? ['suna', 'onyx', 'apps'] : ['suna'];
      const credentials = { username: 'prometheus', password: running.password };
      const endpoints = names.map((name) => ({ url: `http://${running.addresses[name]}/metrics`, credentials }));
      return (await workloads[workload]?.({ ...running, endpoints, ours, quick })) ?? {};
    } finally {
      await running.stop('SIGKILL');
    }
  },
};

/** A request with a thousand lines, half of them histograms with eight buckets. */
function thousandLines(service: string): string {
  const routes = (count: number) => Array.from({ length: count }, (_, index) => ({ 'http.route': `/route-${index}` }));
  const counts = [1, 1, 1, 1, 1, 1, 1, 1];
  return JSON.stringify(
    message({ service }, [
      counter(
        'bench_total',
        routes(500).map((attributes) => ({ attributes, value: 1 })),
      ),
      histogram(
        'bench_seconds',
        [0.1, 0.5, 1, 1.5, 2, 5, 10],
        routes(50).map((attributes) => ({ attributes, counts, sum: 9 })),
      ),
    ]),
  );
}

/** A request with so many points of one counter; `first` numbers them. */
function points(service: string, count: number, first = 0): string {
  const values = Array.from({ length: count }, (_, index) => ({
    attributes: { 'http.route': `/route-${first + index}` },
    value: 1,
  }));
  return JSON.stringify(message({ service, instance: instance(1) }, [counter('bench_total', values)]));
}

/** The status of the answer. */
async function post({ otlp }: Collector, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(otlp, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer.status;
}

async function scrapesOf(trial: Trial, services: readonly string[]): Promise<Sample> {
  for (const service of services) await post(trial, thousandLines(service));
  // An endpoint without one of these senders is none that this is about.
  const counted = await Promise.all(trial.endpoints.map(async (scraped) => ({ scraped, lines: await lines(scraped) })));
  const full = counted.filter(({ lines }) => lines >= 1000);
  const milliseconds: number[] = [];
  const pace = { count: trial.quick ? 20 : 200, pause: 10 };
  for (const { scraped } of full) {
    await scrapes(scraped, { ...pace, count: 20 });
    milliseconds.push(...(await scrapes(scraped, pace)));
  }
  return {
    endpoints: full.length,
    linesOfAnEndpoint: Math.max(...full.map(({ lines }) => lines)),
    p50Milliseconds: quantile(milliseconds, 0.5),
    p95Milliseconds: quantile(milliseconds, 0.95),
    maxMilliseconds: Math.max(...milliseconds),
    megabytes: (await use(trial.pid)).megabytes,
  };
}

/** Scrapes every endpoint each 15 seconds meanwhile, as Prometheus does, so that what has expired is forgotten. */
async function whileScraped<Result>({ endpoints }: Trial, work: () => Promise<Result>): Promise<Result> {
  const scraping = setInterval(() => {
    // One that is flooded may not answer in time; that is no failure of the measurement.
    for (const scraped of endpoints) scrapes(scraped, { count: 1, pause: 0 }).catch(() => undefined);
  }, 15_000);
  try {
    return await work();
  } finally {
    clearInterval(scraping);
  }
}

/** Three senders with a thousand series each, ten requests a second. */
async function atTenThousand(trial: Trial): Promise<Sample> {
  // The promise is about our configuration; a rate needs less time.
  const seconds = trial.quick ? 3 : trial.ours ? 300 : 20;
  const bodies = senders.map((service) => points(service, 1000));
  return whileScraped(trial, async () => {
    const before = await use(trial.pid);
    const began = performance.now();
    let [accepted, refused] = [0, 0];
    for (let request = 0; request < seconds * 10; request += 1) {
      const status = await post(trial, bodies[request % bodies.length] ?? '');
      if (status === 200) accepted += 1000;
      else refused += 1000;
      await setTimeout(Math.max(0, began + (request + 1) * 100 - performance.now()));
    }
    const elapsed = (performance.now() - began) / 1000;
    const after = await use(trial.pid);
    return {
      seconds: elapsed,
      pointsPerSecond: accepted / elapsed,
      pointsRefused: refused,
      cpuPercentOfACore: ((after.cpuSeconds - before.cpuSeconds) / elapsed) * 100,
      peakMegabytes: after.peakMegabytes,
    };
  });
}

/** Four clients that send the next request as soon as the last one was answered. */
async function asManyAsItTakes(trial: Trial): Promise<Sample> {
  const bodies = senders.map((service) => points(service, 1000));
  const before = await use(trial.pid);
  const began = performance.now();
  const end = began + (trial.quick ? 1000 : 10_000);
  let [accepted, refused] = [0, 0];
  const client = async () => {
    for (let request = 0; performance.now() < end; request += 1) {
      if ((await post(trial, bodies[request % bodies.length] ?? '')) === 200) accepted += 1000;
      else refused += 1000;
    }
  };
  await Promise.all([client(), client(), client(), client()]);
  const elapsed = (performance.now() - began) / 1000;
  const after = await use(trial.pid);
  return {
    pointsPerSecond: accepted / elapsed,
    pointsRefused: refused,
    cpuMicrosecondsPerPoint: ((after.cpuSeconds - before.cpuSeconds) / accepted) * 1e6,
    peakMegabytes: after.peakMegabytes,
  };
}

/** How far new series go, what is answered then, and when it takes something again by itself. */
async function untilItRefuses(trial: Trial): Promise<Sample> {
  const batch = 10_000;
  const most = trial.quick ? 20_000 : 3_000_000;
  return whileScraped(trial, async () => {
    let [series, status] = [0, 200];
    while (status === 200 && series < most) {
      status = await post(trial, points('suna', batch, series));
      if (status === 200) series += batch;
    }
    const [refused, answer] = [performance.now(), status];
    const { peakMegabytes } = await use(trial.pid);
    while (status !== 200 && performance.now() - refused < 300_000) {
      await setTimeout(500);
      status = await post(trial, points('onyx', 1));
    }
    return { series, answer, secondsUntilItTakesMore: (performance.now() - refused) / 1000, peakMegabytes };
  });
}
