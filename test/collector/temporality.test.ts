// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { preloaded } from '../otel/helpers/preloaded.ts';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import {
  asIntegers,
  counter,
  delta,
  exponential,
  histogram,
  instance,
  send,
  summary,
  unspecified,
  upDownCounter,
} from './helpers/otlp.ts';

/** Senders whose SDK was told to export deltas, and those whose histograms are exponential. */

const collector = await collectorOfFile();

type OfSenders = 'suna' | 'onyx' | 'apps';

/** Lines of an endpoint whose names begin with `name`, without who sent them. */
async function shown(endpoint: OfSenders, name: string): Promise<string[]> {
  const { body } = await collector.scrape(endpoint);
  const lines = body.split('\n').filter((line) => line.startsWith(name));
  return lines.map((line) => line.replace(/instance=".*?",job=".*?",?/, '').replace('{}', ''));
}

const ten = 10_000;

/** From when until when each of `of` exports counts that come every 10 s, the last of them now. */
const aligned = (of: number) =>
  Array.from({ length: of }, (_, index) => {
    const at = Date.now() - (of - 1 - index) * ten;
    return { start: at - ten, at };
  });

describe('a sender of deltas is shown its totals', () => {
  test.each(['suna', 'onyx', 'apps'] as const)('at %s', async (endpoint) => {
    const service = endpoint === 'apps' ? 'deltas' : endpoint;
    for (const times of aligned(4))
      await send(collector.otlp, { service }, [
        delta(counter('delta_total', [{ value: 5, ...times }])),
        delta(histogram('delta_seconds', [1], [{ counts: [2, 1], sum: 4, ...times }])),
        delta(exponential('delta_exponential_seconds', [{ scale: 3, offset: 0, counts: [3], sum: 4, ...times }])),
      ]);
    expect(await shown(endpoint, 'delta_total')).toEqual(['delta_total 20']);
    expect(await shown(endpoint, 'onyx_delta_points_total')).toEqual(['onyx_delta_points_total 12']);
    expect(await shown(endpoint, 'delta_seconds')).toEqual([
      'delta_seconds_bucket{le="1"} 8',
      'delta_seconds_bucket{le="+Inf"} 12',
      'delta_seconds_sum 16',
      'delta_seconds_count 12',
    ]);
    expect(await shown(endpoint, 'delta_exponential_seconds_count')).toEqual(['delta_exponential_seconds_count 12']);
  });

  test('when one request holds several exports', async () => {
    const points = aligned(4).map((times) => ({ value: 5, ...times }));
    await send(collector.otlp, { service: 'held' }, [delta(counter('held_back_total', points))]);
    expect(await shown('apps', 'held_back_total')).toEqual(['held_back_total 20']);
  });

  test('when those whose label is dropped take turns', async () => {
    for (const email of ['ann', 'ben', 'ann', 'cas'])
      await send(collector.otlp, { service: 'turns' }, [
        delta(counter('in_turns_total', [{ value: 5, attributes: { email } }])),
      ]);
    expect(await shown('apps', 'in_turns_total')).toEqual(['in_turns_total 20']);
  });

  test('each of two processes its own', async () => {
    for (const times of aligned(2))
      for (const number of [5, 6])
        await send(collector.otlp, { service: 'apart', instance: instance(number) }, [
          delta(counter('delta_apart_total', [{ value: number, ...times }])),
        ]);
    expect(await shown('apps', 'delta_apart_total')).toEqual(['delta_apart_total 10', 'delta_apart_total 12']);
  });

  test('also of exports that come late, overlap or have a gap between them', async () => {
    const [first, second, third, , fifth] = aligned(5);
    for (const times of [second, first, fifth, third, { start: Date.now() - 60_000, at: Date.now() - 40_000 }])
      await send(collector.otlp, { service: 'late' }, [
        delta(counter('late_total', [{ value: 5, ...times }])),
        delta(histogram('late_seconds', [1], [{ counts: [1, 0], sum: 1, ...times }])),
      ]);
    expect(await shown('apps', 'late_total')).toEqual(['late_total 25']);
    expect(await shown('apps', 'late_seconds_count')).toEqual(['late_seconds_count 5']);
  });

  test('of what goes up and down too', async () => {
    for (const value of [5, -2, 4])
      await send(collector.otlp, { service: 'waves' }, [delta(upDownCounter('waves', [{ value }]))]);
    expect(await shown('apps', 'waves')).toEqual(['waves 7']);
  });

  test('also after one that is no number, which is counted as lost', async () => {
    const of = (asDouble: number | string) => ({
      name: 'endless_total',
      sum: {
        aggregationTemporality: 1,
        isMonotonic: true,
        dataPoints: [{ asDouble, timeUnixNano: `${Date.now()}000000` }],
      },
    });
    for (const value of [5, 'NaN', 'Infinity', 7]) await send(collector.otlp, { service: 'endless' }, [of(value)]);
    expect(await shown('apps', 'endless_total')).toEqual(['endless_total 12']);
    const lost = async () => (await collector.scrape('infra')).body.match(/^otelcol_exporter_hidden_.*"endless".*$/gm);
    await expect.poll(lost).toEqual([expect.stringMatching(/ 2$/)]);
  });

  test('where integers and fractions take turns', async () => {
    for (const value of [5, 0, 2.5, 3, 0, 1.5])
      await send(collector.otlp, { service: 'mixed' }, [delta(asIntegers(counter('mixed_total', [{ value }])))]);
    expect(await shown('apps', 'mixed_total')).toEqual(['mixed_total 12']);
  });

  test('also of exponential histograms whose scales change, with zeros and negative values in them', async () => {
    for (const scale of [5, 3, 0]) {
      const points = [{ scale, offset: 0, counts: [3], negative: [2], sum: 4, zeroCount: 1 }];
      await send(collector.otlp, { service: 'rescaled' }, [delta(exponential('rescaled_seconds', points))]);
    }
    const lines = await shown('apps', 'rescaled_seconds');
    expect(lines.slice(-3)).toEqual([
      'rescaled_seconds_bucket{le="+Inf"} 18',
      'rescaled_seconds_sum 12',
      'rescaled_seconds_count 18',
    ]);
  });

  test('of a histogram since it has the boundaries it has', async () => {
    for (const [bounds, counts] of [
      [
        [1, 2],
        [1, 1, 1],
      ],
      [
        [1, 5],
        [1, 2, 3],
      ],
      [
        [1, 5],
        [1, 2, 3],
      ],
    ] as const)
      await send(collector.otlp, { service: 'rebound' }, [
        delta(histogram('rebound_seconds', bounds, [{ counts, sum: 1 }])),
      ]);
    expect(await shown('apps', 'rebound_seconds_bucket')).toEqual([
      'rebound_seconds_bucket{le="1"} 2',
      'rebound_seconds_bucket{le="5"} 6',
      'rebound_seconds_bucket{le="+Inf"} 12',
    ]);
  });

  test('up to 10,000 label sets; points of others are counted as lost', async () => {
    const points = Array.from({ length: 10_050 }, (_, index) => ({ value: 1, attributes: { model: `m${index}` } }));
    await send(collector.otlp, { service: 'suna' }, [delta(counter('crowd_total', points))]);
    const kept = (await shown('suna', 'crowd_total')).length;
    expect(kept).toBeGreaterThan(9900);
    const lost = async () =>
      /^otelcol_deltatocumulative_datapoints_total\{error="limit".* (\d+)$/m.exec(
        (await collector.scrape('infra')).body,
      )?.[1];
    await expect.poll(lost).toBe(String(points.length - kept));
  });
});

test('two senders of one service, one of deltas and one of totals, are shown what each counts', async () => {
  for (const total of [5, 10]) {
    await send(collector.otlp, { service: 'both', instance: instance(7) }, [counter('both_total', [{ value: total }])]);
    await send(collector.otlp, { service: 'both', instance: instance(8) }, [
      delta(counter('both_total', [{ value: 3 }])),
    ]);
  }
  expect(await shown('apps', 'both_total')).toEqual(['both_total 10', 'both_total 6']);
});

test('a sender that does not say which counts on: all of it arrives', async () => {
  for (const value of [5, 9])
    await send(collector.otlp, { service: 'silent' }, [
      unspecified(counter('unsaid_total', [{ value }])),
      unspecified(upDownCounter('unsaid', [{ value }])),
      unspecified(histogram('unsaid_seconds', [1], [{ counts: [value, 1], sum: value }])),
      unspecified(exponential('unsaid_exponential_seconds', [{ scale: 3, offset: 0, counts: [value], sum: value }])),
    ]);
  expect(await shown('apps', 'unsaid_total')).toEqual(['unsaid_total 9']);
  expect(await shown('apps', 'unsaid{')).toEqual(['unsaid 9']);
  expect(await shown('apps', 'unsaid_seconds_count')).toEqual(['unsaid_seconds_count 10']);
  expect(await shown('apps', 'unsaid_exponential_seconds_count')).toEqual(['unsaid_exponential_seconds_count 9']);
});

test('a summary keeps its count and sum, also where a label is dropped; its quantiles, which do not add up, are left out', async () => {
  const points = ['ann', 'ben'].map((email) => ({ attributes: { email }, count: 5, sum: 2.5 }));
  await send(collector.otlp, { service: 'bridge' }, [summary('rpc_seconds', points)]);
  expect(await shown('apps', 'rpc_seconds')).toEqual(['rpc_seconds_count 10', 'rpc_seconds_sum 5']);
});

test.each(['delta', 'lowmemory'])(
  'our own preload, told to export %s, refuses with one line and its totals are right',
  async (told) => {
    // An export at least between any two rounds of five chats.
    const program = preloaded(
      [
        '--eval',
        `const { chat } = require('@onyx-metrics/otel');
       const few = () => { for (let n = 0; n < 5; n++) chat.start({ model: 'm', userId: 'a' }).end({ success: true }); };
       few();
       let rounds = 1;
       const timer = setInterval(() => { few(); if (++rounds === 6) { clearInterval(timer); process.disconnect(); } }, 100);`,
      ],
      {
        OTEL_SERVICE_NAME: `told-${told}`,
        OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.otlp).origin,
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: told,
        OTEL_METRIC_EXPORT_INTERVAL: '80',
      },
    );
    expect(await program.ended).toEqual({
      code: 0,
      signal: null,
      stderr: expect.stringMatching(/^.*TEMPORALITY_PREFERENCE="\w+" is not cumulative.*using cumulative\n/),
    });
    const { body } = await collector.scrape('apps');
    const line = body
      .split('\n')
      .find((text) => text.startsWith('onyx_chat_duration_seconds_count') && text.includes(`"told-${told}"`));
    expect(line).toMatch(/ 30$/);
  },
);

describe('an exponential histogram', () => {
  /** Quantiles of a log-normal distribution, which latencies resemble: as many values, evenly spread over it. */
  function logNormal(median: number, spread: number, count: number): number[] {
    return Array.from({ length: count }, (_, index) => median * Math.exp(spread * normal((index + 0.5) / count)));
  }

  /** The quantile of the normal distribution, by the logistic approximation: near enough, and smooth. */
  const normal = (p: number) => Math.log(p / (1 - p)) / 1.702;

  /** What an SDK makes of values: bucket `i` holds those above 2 ** (i / 2 ** scale) up to the next. */
  function recorded(values: readonly number[], scale: number) {
    const indices = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
    const offset = Math.min(...indices);
    const counts = Array.from({ length: Math.max(...indices) - offset + 1 }, () => 0);
    for (const index of indices) counts[index - offset] = (counts[index - offset] as number) + 1;
    return { scale, offset, counts, sum: values.reduce((sum, value) => sum + value, 0) };
  }

  /** What Prometheus' histogram_quantile() makes of the buckets at an endpoint. */
  async function quantile(name: string, q: number): Promise<number> {
    const buckets = (await shown('apps', `${name}_bucket`)).map((line) => {
      const [, le, count] = /le="(.*)"\} (\S+)$/.exec(line) ?? [];
      return { le: Number(le?.replace('+Inf', 'Infinity')), count: Number(count) };
    });
    const rank = q * (buckets.at(-1)?.count ?? Number.NaN);
    const index = buckets.findIndex(({ count }) => count >= rank);
    const [below, bucket] = [buckets[index - 1] ?? { le: 0, count: 0 }, buckets[index]];
    if (!bucket) throw new Error(`no bucket of ${name} holds the quantile ${q}`);
    return below.le + (bucket.le - below.le) * ((rank - below.count) / (bucket.count - below.count));
  }

  const truth = (values: readonly number[], q: number) =>
    values.toSorted((a, b) => a - b)[Math.floor(q * values.length)] as number;

  test.each([
    { name: 'quick_seconds', unit: 's', median: 0.02, scale: 3 },
    { name: 'slow_seconds', unit: 's', median: 4, scale: 5 },
    { name: 'old_milliseconds', unit: 'ms', median: 150, scale: 4 },
    { name: 'tokens', unit: '', median: 900, scale: 3 },
  ])('has percentiles within 10 % of the truth: $name', async ({ name, unit, median, scale }) => {
    const values = logNormal(median, 0.7, 2000);
    await send(collector.otlp, { service: 'base2' }, [exponential(name, [recorded(values, scale)], unit)]);
    for (const q of [0.5, 0.95, 0.99]) {
      const right = truth(values, q);
      expect(Math.abs((await quantile(name, q)) - right) / right, `p${q * 100}`).toBeLessThan(0.1);
    }
    const sum = values.reduce((total, value) => total + value, 0);
    expect(await shown('apps', `${name}_count`)).toEqual([`${name}_count 2000`]);
    expect(Number((await shown('apps', `${name}_sum`))[0]?.split(' ')[1])).toBeCloseTo(sum, 5);
  });

  test('loses nothing when those whose label is dropped have different scales', async () => {
    const [quick, slow] = [logNormal(0.02, 0.3, 1000), logNormal(2, 0.9, 1000)];
    const points = [
      { ...recorded(quick, 5), attributes: { email: 'ann' } },
      { ...recorded(slow, 2), attributes: { email: 'ben' } },
    ];
    await send(collector.otlp, { service: 'scales' }, [exponential('scales_seconds', points)]);
    expect(await shown('apps', 'scales_seconds_count')).toEqual(['scales_seconds_count 2000']);
    const right = truth([...quick, ...slow], 0.95);
    expect(Math.abs((await quantile('scales_seconds', 0.95)) - right) / right).toBeLessThan(0.1);
  });

  test('shows zeros and what is beyond the boundaries', async () => {
    const points = [{ ...recorded([0.0001, 0.5, 5000], 3), zeroCount: 2 }];
    await send(collector.otlp, { service: 'edges' }, [exponential('edges_seconds', points)]);
    const buckets = await shown('apps', 'edges_seconds_bucket');
    expect(buckets[0]).toBe('edges_seconds_bucket{le="0.001"} 3');
    expect(buckets.slice(-2)).toEqual(['edges_seconds_bucket{le="100"} 4', 'edges_seconds_bucket{le="+Inf"} 5']);
  });

  test('leaves a histogram with boundaries alone, also one whose first boundary is 0', async () => {
    const points = [{ counts: [1, 2, 3, 4], sum: 9 }];
    await send(collector.otlp, { service: 'bounds' }, [histogram('own_bounds_seconds', [0, 5, 10], points)]);
    expect(await shown('apps', 'own_bounds_seconds_bucket')).toEqual([
      'own_bounds_seconds_bucket{le="0"} 1',
      'own_bounds_seconds_bucket{le="5"} 3',
      'own_bounds_seconds_bucket{le="10"} 6',
      'own_bounds_seconds_bucket{le="+Inf"} 10',
    ]);
  });
});
