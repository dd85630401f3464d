// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { type CatalogueMetric, catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { type Named, prometheusName } from '../../../otel/src/catalogue/prometheus-name.ts';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { counter, gauge, histogram, send } from '../../collector/helpers/otlp.ts';

const odd: readonly Named[] = [
  { name: 'shop.orders', unit: '{order}', kind: 'counter' },
  { name: 'a.total.of', unit: 'By', kind: 'counter' },
  { name: 'shop_ratio_of', unit: '1', kind: 'gauge' },
  { name: 'shop..size_', unit: 'MiBy', kind: 'gauge' },
  { name: 'shop.price', unit: 'EUR', kind: 'histogram' },
  { name: 'wait.seconds', unit: 's', kind: 'histogram' },
  { name: 'shop.calls', unit: '{call}/min', kind: 'gauge' },
  { name: 'shop.share', unit: '%', kind: 'gauge' },
];
const metrics: Named[] = [
  ...Object.entries<CatalogueMetric>(catalogue).map(([name, { unit, kind }]) => ({ name, unit, kind })),
  ...odd,
];

const collector = await collectorOfFile();

test('every metric has the name that the collector gives it', async () => {
  const make = {
    counter: (name: string) => counter(name, [{ value: 1 }]),
    gauge: (name: string) => gauge(name, [{ value: 1 }]),
    histogram: (name: string) => histogram(name, [1], [{ counts: [1, 0], sum: 1 }]),
  };
  const sent = metrics.map(({ name, unit, kind = 'gauge' }) => ({ ...make[kind](name), unit }));
  expect(await send(collector.otlp, { service: 'suna' }, sent)).toBe(200);
  const { body } = await collector.scrape('suna');
  const names = [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(metrics.map(prometheusName).filter((name) => !names.includes(name))).toEqual([]);
});
