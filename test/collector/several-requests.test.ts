// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import {
  counter,
  exponential,
  gauge,
  histogram,
  instance,
  type Sender,
  send,
  summary,
  upDownCounter,
} from './helpers/otlp.ts';

/** Processes that say in several requests what is one series here: two scopes that export for themselves, a gateway that splits exports. */

const collector = await collectorOfFile();

const start = Date.now() - 60_000;
const process = { service: 'requests', instance: instance(1) };

/** The values of the lines that begin with `name`. */
async function shown(name: string): Promise<number[]> {
  const { body } = await collector.scrape('apps');
  const lines = body.split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.map((line) => Number(line.split(' ').at(-1)));
}

async function sent(metric: object, scope?: string): Promise<void> {
  expect(await send(collector.otlp, process, [metric], scope ? { name: scope } : {})).toBe(200);
}

interface Kind {
  readonly kind: string;
  readonly metric: (name: string, value: number, attributes?: Record<string, string>) => object;
  readonly line: string;
}

const kinds: readonly Kind[] = [
  {
    kind: 'counter',
    metric: (name, value, attributes = {}) => counter(`${name}_total`, [{ value, start, attributes }]),
    line: '_total',
  },
  {
    kind: 'histogram',
    metric: (name, value, attributes = {}) =>
      histogram(`${name}_seconds`, [1], [{ counts: [value, 0], sum: value / 2, start, attributes }]),
    line: '_seconds_count',
  },
  {
    kind: 'exponential histogram',
    metric: (name, value, attributes = {}) =>
      exponential(`${name}_seconds`, [{ scale: 3, offset: 0, counts: [value], sum: value, start, attributes }]),
    line: '_seconds_count',
  },
  {
    kind: 'summary',
    metric: (name, value, attributes = {}) =>
      summary(`${name}_seconds`, [{ count: value, sum: value / 2, start, attributes }]),
    line: '_seconds_count',
  },
];

describe.each(kinds)('of a $kind', ({ kind, metric, line }) => {
  const named = (what: string) => `${what}_${kind.replaceAll(' ', '_')}`;

  test('what two scopes count in requests of their own is added up, from the first on', async () => {
    const name = named('scopes');
    for (const [scope, value, total] of [
      ['a', 100, 100],
      ['b', 5, 105],
      ['a', 101, 106],
      ['b', 9, 110],
    ] as const) {
      await sent(metric(name, value), scope);
      expect(await shown(`${name}${line}`)).toEqual([total]);
    }
  });

  test('an export that is split anywhere between points that lose a label is whole', async () => {
    const name = named('split');
    const of = (person: string, value: number) => metric(name, value, { email: `${person}@example.com` });
    await sent(of('a', 1));
    await sent(of('b', 2));
    expect(await send(collector.otlp, process, [of('c', 4), of('a', 9)])).toBe(200);
    expect(await shown(`${name}${line}`)).toEqual([15]);
    await sent(of('b', 18));
    expect(await shown(`${name}${line}`)).toEqual([31]);
  });

  test('a process that starts anew adds what it counts, and nothing twice', async () => {
    const name = named('anew');
    for (const [scope, value, total] of [
      ['a', 100, 100],
      ['b', 50, 150],
      ['a', 3, 153],
      ['b', 2, 155],
      ['a', 4, 156],
    ] as const) {
      await sent(metric(name, value), scope);
      expect(await shown(`${name}${line}`)).toEqual([total]);
    }
  });

  test('one that says everything at once is taken at its word', async () => {
    const name = named('whole');
    const whole = (...values: readonly number[]) =>
      values.map((value, person) => metric(name, value, { email: `p${person}@example.com` }));
    for (const [values, total] of [
      [[100, 50], 150],
      [[3], 3],
      [[4, 1], 5],
    ] as const) {
      expect(await send(collector.otlp, process, whole(...values))).toBe(200);
      expect(await shown(`${name}${line}`)).toEqual([total]);
    }
  });
});

test('of gauges the highest is shown, and up-down counters add up, once what another request left out comes back', async () => {
  for (const [metric, total] of [
    [gauge, 9],
    [upDownCounter, 13],
  ] as const) {
    const name = metric.name.toLowerCase();
    for (const [scope, value] of [
      ['a', 8],
      ['b', 4],
      ['a', 9],
    ] as const)
      await sent(metric(name, [{ value, start }]), scope);
    expect(await shown(name)).toEqual([total]);
  }
});

describe.each<{ which: string; resource: NonNullable<Sender['resource']>; id: string | null }>([
  { which: 'say nothing of themselves', resource: {}, id: null },
  { which: 'say the same of themselves', resource: { 'telemetry.sdk.language': 'python' }, id: null },
  { which: 'were given the same instance id', resource: {}, id: 'api' },
])('two processes that $which', ({ which, resource, id }) => {
  const name = `twin_${which.replaceAll(' ', '_')}`;
  const twin: Sender = { service: 'twins', instance: id, resource };
  const says = async (began: number, value: number) => {
    const metrics = [counter(`${name}_total`, [{ value, start: start + began }]), gauge(name, [{ value }])];
    expect(await send(collector.otlp, twin, metrics)).toBe(200);
  };

  test('are shown each for itself once both have spoken twice', async () => {
    for (const value of [100, 101]) {
      await says(0, value);
      await says(20_000, value - 96);
    }
    for (const line of [`${name}_total`, name]) expect((await shown(line)).sort((a, b) => a - b)).toEqual([5, 101]);
  });

  test('one that is started anew stays itself', async () => {
    const service = { ...twin, service: 'single' };
    const metric = (value: number, began: number, at: number) =>
      counter(`anew_${name}_total`, [{ value, start: start + began, at: start + at }]);
    for (const [value, began, at] of [
      [50, 0, 10_000],
      [60, 0, 20_000],
      [1, 21_000, 30_000],
      [2, 21_000, 40_000],
    ] as const) {
      expect(await send(collector.otlp, service, [metric(value, began, at)])).toBe(200);
      expect(await shown(`anew_${name}_total`)).toEqual([value]);
    }
  });
});

test('what one of two equal processes said before both were known is counted as overwritten', async () => {
  const twin: Sender = { service: 'overwriting', instance: 'api' };
  const overwritten = async () => {
    const { body } = await collector.scrape('infra');
    const of =
      /^otelcol_exporter_hidden_metric_points_total\{.*processor="groupbyattrs",reason="overwritten".*\} (\d+)$/m;
    return Number(of.exec(body)?.[1]);
  };
  await expect.poll(overwritten).not.toBeNaN();
  const before = await overwritten();
  for (const export_ of [0, 1])
    for (const began of [0, 20_000])
      await send(collector.otlp, twin, [
        counter('overwriting_total', [{ value: 5 + export_, start: start + began }]),
        gauge('overwriting', [{ value: began }]),
      ]);
  await expect.poll(overwritten).toBe(before + 2);
});

test('an export that ends as stale leaves no summary of 0', async () => {
  await sent(summary('ending_seconds', [{ count: 5, sum: 2, start }]));
  expect(await shown('ending_seconds_count')).toEqual([5]);
  const stale = { timeUnixNano: `${Date.now()}000000`, flags: 1 };
  await sent({ name: 'ending_seconds', unit: 's', summary: { dataPoints: [stale] } });
  expect(await shown('ending_seconds_count')).toEqual([]);
});
