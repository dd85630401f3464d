// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { counter, delta, histogram, send } from './helpers/otlp.ts';

/** Points that lose the label which told them apart: `tenant` is on no list. */

const collector = await collectorOfFile();

interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

const began = Date.now();

/** One metric with a point for each tenant. */
function oneMetric(name: string, tenants: readonly Buckets[]): object {
  const metrics = tenants.map(
    ({ bounds, counts, sum }, index) =>
      // Each began at its own time.
      histogram(name, bounds, [{ attributes: { tenant: `t${index}` }, start: began - index, counts, sum }]) as {
        histogram: { dataPoints: object[] };
      },
  );
  const dataPoints = metrics.flatMap((metric) => metric.histogram.dataPoints);
  return { ...metrics[0], histogram: { aggregationTemporality: 2, dataPoints } };
}

/** The lines of a histogram, by boundary, `sum` and `count`. */
async function shown(name: string): Promise<Record<string, number>> {
  const { body } = await collector.scrape('suna');
  const lines = body.split('\n').filter((line) => line.startsWith(`${name}_`));
  return Object.fromEntries(
    lines.map((line) => [
      /le="([^"]+)"/.exec(line)?.[1] ?? /_(sum|count)\{/.exec(line)?.[1] ?? line,
      Number(line.split(' ').at(-1)),
    ]),
  );
}

describe('histograms with different boundaries', () => {
  const cases: readonly (readonly [string, readonly Buckets[], Record<string, number>])[] = [
    [
      'keep those that all have, and every count',
      [
        { bounds: [1, 2, 5], counts: [1, 2, 3, 4], sum: 30 },
        { bounds: [1, 3, 5], counts: [4, 3, 2, 1], sum: 20 },
      ],
      { '1': 5, '5': 15, '+Inf': 20, sum: 50, count: 20 },
    ],
    [
      'of which one has all of the other',
      [
        { bounds: [1, 2, 5], counts: [1, 2, 3, 4], sum: 30 },
        { bounds: [2], counts: [3, 7], sum: 40 },
      ],
      { '2': 6, '+Inf': 20, sum: 70, count: 20 },
    ],
    [
      'that share none keep count and sum',
      [
        { bounds: [1], counts: [4, 6], sum: 30 },
        { bounds: [2], counts: [3, 7], sum: 40 },
      ],
      { '+Inf': 20, sum: 70, count: 20 },
    ],
    [
      'of three tenants',
      [
        { bounds: [1, 2, 3], counts: [1, 2, 3, 4], sum: 1 },
        { bounds: [2, 3], counts: [3, 3, 4], sum: 1 },
        { bounds: [3], counts: [5, 5], sum: 1 },
      ],
      { '3': 17, '+Inf': 30, sum: 3, count: 30 },
    ],
  ];
  test.each(cases)('%s', async (title, tenants, expected) => {
    const name = `bounds_${title.length}_seconds`;
    expect(await send(collector.otlp, { service: 'suna' }, [oneMetric(name, tenants)])).toBe(200);
    expect(await shown(name)).toEqual(expected);
    expect(await send(collector.otlp, { service: 'suna' }, [oneMetric(name, tenants.toReversed())])).toBe(200);
    expect(await shown(name)).toEqual(expected);
  });

  test('add up in deltas too', async () => {
    const tenants: readonly Buckets[] = [
      { bounds: [1, 2], counts: [1, 1, 1], sum: 6 },
      { bounds: [1, 3], counts: [2, 2, 2], sum: 12 },
    ];
    for (let push = 0; push < 3; push += 1)
      expect(await send(collector.otlp, { service: 'suna' }, [delta(oneMetric('deltas_seconds', tenants))])).toBe(200);
    expect(await shown('deltas_seconds')).toEqual({ '1': 9, '+Inf': 27, sum: 54, count: 27 });
  });
});

test.each([
  ['has no buckets and another one', [], [4]],
  ['has one bucket and another none', [4], []],
  ['contradicts itself', [1], [4]],
])('a histogram that %s costs no count and ends no connection', async (title, first, second) => {
  const name = `bucketless_${title.length}_seconds`;
  const whole = oneMetric(name, [
    { bounds: [], counts: [4], sum: 3 },
    { bounds: [], counts: [4], sum: 5 },
  ]) as { histogram: { dataPoints: object[] } };
  const counts = [first, second];
  const dataPoints = whole.histogram.dataPoints.map((point, index) => ({
    ...point,
    bucketCounts: counts[index],
    explicitBounds: title.startsWith('contradicts') ? [1, 2] : [],
  }));
  const metric = { ...whole, histogram: { aggregationTemporality: 2, dataPoints } };
  expect(await send(collector.otlp, { service: 'suna' }, [metric])).toBe(200);
  expect(await shown(name)).toEqual({ '+Inf': 8, sum: 8, count: 8 });
});

test('a whole number and another add up', async () => {
  const metric = counter('mixed_total', [
    { attributes: { tenant: 'a' }, value: 0.5 },
    { attributes: { tenant: 'b' }, value: 0 },
  ]) as { sum: { dataPoints: { asDouble?: number; asInt?: number }[] } };
  const [half, whole] = metric.sum.dataPoints;
  const three = { ...whole, asDouble: undefined, asInt: 3 };
  for (const dataPoints of [
    [half, three],
    [three, half],
  ]) {
    expect(await send(collector.otlp, { service: 'suna' }, [{ ...metric, sum: { ...metric.sum, dataPoints } }])).toBe(
      200,
    );
    const { body } = await collector.scrape('suna');
    expect(Number(/^mixed_total\{.*\} (\S+)$/m.exec(body)?.[1])).toBe(3.5);
  }
});

test('a number and the same number as text are one label, and add up', async () => {
  const points = [
    { attributes: { 'http.response.status_code': 200, tenant: 'a' }, value: 1 },
    { attributes: { 'http.response.status_code': '200', tenant: 'b' }, value: 2 },
  ];
  expect(await send(collector.otlp, { service: 'suna' }, [counter('coded_total', points)])).toBe(200);
  const { body } = await collector.scrape('suna');
  expect([...body.matchAll(/^coded_total\{.*\} (\S+)$/gm)].map(([, value]) => value)).toEqual(['3']);
});
