// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { type Endpoint, endpoints } from '../../../otel/src/catalogue/catalogue.ts';
import { runLoad } from '../../../services/load/driver.ts';
import { makePlan } from '../../../services/load/plan.ts';
import { type Stack, startStack } from '../../../services/native/stack/stack.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { keepCoresBusy } from '../busy.ts';
import type { Sample, Suite } from '../harness.ts';
import { lines, type Scraped, scrapesElsewhere } from '../scrapes.ts';
import { quantile } from '../statistics.ts';

const manyUsers = path.resolve(import.meta.dirname, '../many-users.mjs');

type Load = 'users' | 'many';

const workloads: Readonly<Record<string, { readonly load: Load; readonly busy: boolean }>> = {
  '20 users': { load: 'users', busy: false },
  '20 users, every core busy': { load: 'users', busy: true },
  '500 users x 4 models x both outcomes on two instances': { load: 'many', busy: false },
  '500 users x 4 models x both outcomes on two instances, every core busy': { load: 'many', busy: true },
};

export const scrape: Suite = {
  name: 'scrape',
  question: 'How long does a scrape of each endpoint of the collector take, for Prometheus and for another client?',
  subjects: endpoints as unknown as [Endpoint, ...Endpoint[]],
  workloads: Object.keys(workloads),
  packages: [],
  async measureTogether(workload, quick) {
    const { load, busy } = workloads[workload] as { load: Load; busy: boolean };
    const seconds = quick ? 5 : 40;
    // Prometheus scrapes each second, so that less than a minute has enough of them.
    const stack = await startStack({
      ports: 'free',
      intervals: { scrape: 1, export: 10, collection: 15, evaluation: 15 },
    });
    try {
      const stopLoad = await begin(load, stack);
      // Two exports and a collection, after which every endpoint has its lines.
      await setTimeout(quick ? 1000 : 20_000);
      const stopCores = busy ? keepCoresBusy(2 * seconds) : () => {};
      const client = await scrapesElsewhere(
        endpoints.map((name) => endpoint(stack, name)),
        25,
        AbortSignal.timeout(seconds * 1000),
      );
      const samples = await Promise.all(
        endpoints.map(async (name, index) => [name, await sample(stack, name, seconds, client[index] ?? [])] as const),
      );
      stopCores();
      stopLoad();
      return Object.fromEntries(samples);
    } finally {
      await stack.stop();
    }
  },
};

const endpoint = ({ urls, credentials }: Stack, name: Endpoint): Scraped => ({
  url: urls.endpoints[name],
  credentials: credentials.metrics,
});

/** @param client milliseconds of its scrapes in these last seconds */
async function sample(stack: Stack, name: Endpoint, seconds: number, client: readonly number[]): Promise<Sample> {
  const prometheus = new PrometheusApi(stack.urls.prometheus);
  const duration = `scrape_duration_seconds{service="${name}"}[${seconds}s]`;
  const milliseconds = async (expression: string) => (await prometheus.scalar(expression)) * 1000;
  return {
    lines: await lines(endpoint(stack, name)),
    clientP50Milliseconds: quantile(client, 0.5),
    clientP95Milliseconds: quantile(client, 0.95),
    clientMaxMilliseconds: Math.max(...client),
    prometheusP50Milliseconds: await milliseconds(`quantile_over_time(0.5, ${duration})`),
    prometheusP95Milliseconds: await milliseconds(`quantile_over_time(0.95, ${duration})`),
    prometheusMaxMilliseconds: await milliseconds(`max_over_time(${duration})`),
  };
}

/** @returns what ends the load */
async function begin(load: Load, stack: Stack): Promise<() => void> {
  if (load === 'users') {
    const stopped = new AbortController();
    const users = async () => {
      while (!stopped.signal.aborted)
        await runLoad({ sunaUrl: stack.urls.suna, plan: makePlan(), signal: stopped.signal });
    };
    users().catch(() => undefined);
    return () => stopped.abort();
  }
  // In the place of the platform's own.
  await stack.processes.suna.stop();
  const instances = [1, 2].map(() =>
    execa(process.execPath, ['--require', 'otel/register', manyUsers], {
      ipc: true,
      reject: false,
      stdout: 'ignore',
      env: { OTEL_SERVICE_NAME: 'suna', OTEL_EXPORTER_OTLP_ENDPOINT: stack.urls.otlp },
    }),
  );
  await Promise.all(instances.map((instance) => instance.getOneMessage()));
  return () => {
    for (const instance of instances) instance.kill();
  };
}
