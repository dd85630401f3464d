// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { type CatalogueMetric, catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { startStack } from '../../../services/native/stack/stack.ts';
import { histogram, send } from '../../collector/helpers/otlp.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import type { Suite } from '../harness.ts';
import { useDuring } from '../process-use.ts';

/** Two instances of each, as many as the sizing page counts. */
const instances = ['suna', 'onyx'].flatMap((service) =>
  [1, 2].map((one) => ({ service, instance: `${service}-1234567${one}-0` })),
);
/** Lines of an instance whose metrics are all full: 44,000 are those of an endpoint of two (docs/reference/metrics.md). */
const lines = 22_000;
/** Seconds between two exports of a preload. */
const interval = 10;

const parts = ['collector', 'prometheus'] as const;

export const footprintAtLimits: Suite = {
  name: 'footprint-at-limits',
  question:
    'How much CPU and memory do collector and Prometheus take when two instances of Suna and of Onyx have every limit reached?',
  subjects: parts,
  workloads: ['94,000 series, intervals of production'],
  packages: [],
  async measureTogether(_workload, quick) {
    const stack = await startStack({ ports: 'free' });
    try {
      const enough = new AbortController();
      const sending = Promise.all(instances.map((sender) => full(stack.urls.otlp, sender, enough.signal)));
      await setTimeout(quick ? 5000 : 60_000);
      const samples = await useDuring(stack, parts, quick ? 20 : 120);
      const series = await new PrometheusApi(stack.urls.prometheus).scalar('prometheus_tsdb_head_series');
      enough.abort();
      await sending;
      samples.prometheus = { ...samples.prometheus, series };
      return samples;
    } finally {
      await stack.stop();
    }
  },
};

/** An instance that exports until told to stop: chats and calls of many models, all of which grow between two exports. */
async function full(otlp: string, sender: (typeof instances)[number], enough: AbortSignal): Promise<void> {
  const { boundaries } = catalogue['gen_ai.client.operation.duration'] satisfies CatalogueMetric;
  const [ofAHistogram, start] = [boundaries.length + 3, Date.now()];
  for (let round = 1; !enough.aborted; round += 1) {
    const began = Date.now();
    const metrics = [
      histogram(
        'gen_ai.client.operation.duration',
        boundaries,
        Array.from({ length: Math.floor(lines / ofAHistogram) }, (_, of) => ({
          ...{ attributes: { 'gen_ai.request.model': `m${of}` }, start },
          ...{ counts: Array.from({ length: boundaries.length + 1 }, (_, at) => (at % 7) + round), sum: round },
        })),
      ),
    ];
    await send(`${otlp}/v1/metrics`, sender, metrics);
    await setTimeout(Math.max(0, interval * 1000 - (Date.now() - began)), undefined, { signal: enough }).catch(
      () => {},
    );
  }
}
