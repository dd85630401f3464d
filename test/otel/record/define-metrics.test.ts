// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { metrics } from '@opentelemetry/api';
import getPort from 'get-port';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { basic } from '../../../services/prometheus/http-endpoint.ts';
import { MemoryProvider } from '../helpers/memory-provider.ts';
import { preloaded } from '../helpers/preloaded.ts';

const provider = new MemoryProvider();
const { defineMetrics } = await import('../../../otel/src/record/define-metrics.ts');
afterAll(() => provider.shutdown());

const description = 'What the test counts.';
const counter = { kind: 'counter', description, unit: '{order}' } as const;
const histogram = { kind: 'histogram', description, unit: '{euro}', boundaries: [10, 100] } as const;

async function shown(name: string): Promise<[object, number][]> {
  return (await provider.numbers(name)).map(({ attributes, value }) => [attributes, value]);
}

describe("an application's own metrics", () => {
  it('are a counter, a histogram, a gauge and an observable, recorded by typed handles', async () => {
    let queue: number | [number, Record<string, string>][] = 7;
    const own = defineMetrics({
      shop_orders_total: {
        ...counter,
        labels: { plan: { values: ['free', 'pro'] }, region: { limit: 2, optional: true } },
      },
      shop_value_euros: histogram,
      shop_temperature: { kind: 'gauge', description, unit: '{degree}', labels: { room: { limit: 2 } } },
      shop_queue: {
        kind: 'observable',
        description,
        unit: '{job}',
        labels: { type: { values: ['mail'] }, region: { values: ['eu'], optional: true } },
        observe: () => queue,
      },
    });
    own.shop_orders_total.add(2, { plan: 'pro' });
    own.shop_orders_total.add(1, { plan: 'free', region: 'eu' });
    own.shop_value_euros.record(55);
    own.shop_temperature.set(-3, { room: 'cellar' });
    own.shop_temperature.set(-4, { room: 'cellar' });
    expect(await shown('shop_orders_total')).toEqual([
      [{ plan: 'pro' }, 2],
      [{ plan: 'free', region: 'eu' }, 1],
    ]);
    const [value] = await provider.histogram('shop_value_euros');
    expect(value?.value.buckets).toEqual({ boundaries: [10, 100], counts: [0, 1, 0] });
    expect(await shown('shop_temperature')).toEqual([[{ room: 'cellar' }, -4]]);
    expect(await shown('shop_queue')).toEqual([[{ type: 'other' }, 7]]);
    queue = [
      [1, { type: 'mail' }],
      [2, { type: 'one' }],
      [3, { type: 'two', region: '' }],
      [4, { type: 'mail', region: 'eu' }],
      [5, { type: 'mail', region: 'us' }],
      [Number.NaN, { type: 'mail' }],
    ];
    expect(await shown('shop_queue')).toEqual([
      [{ type: 'other' }, 5],
      [{ type: 'mail' }, 1],
      [{ type: 'mail', region: 'eu' }, 4],
      [{ type: 'mail', region: 'other' }, 5],
    ]);
  });

  it('time what a histogram in seconds is for, labels given at the start or at the end, once', async () => {
    const own = defineMetrics({
      timed_seconds: {
        kind: 'histogram',
        description,
        unit: 's',
        boundaries: [60],
        labels: { plan: { values: ['free', 'pro'] }, outcome: { values: ['paid', 'left'], optional: true } },
      },
      timed_plain_seconds: { kind: 'histogram', description, unit: 's', boundaries: [60] },
    });
    const timer = own.timed_seconds.startTimer({ plan: 'pro' });
    timer.end({ outcome: 'paid' });
    timer.end({ outcome: 'left' });
    own.timed_seconds.startTimer().end({ plan: 'free' });
    own.timed_plain_seconds.startTimer().end();
    // @ts-expect-error a label that neither is optional nor was given
    own.timed_seconds.startTimer({ outcome: 'left' }).end();
    const points = await provider.histogram('timed_seconds');
    expect(points.map(({ attributes, value }) => [attributes, value.count])).toEqual([
      [{ plan: 'pro', outcome: 'paid' }, 1],
      [{ plan: 'free' }, 1],
      [{ plan: 'other', outcome: 'left' }, 1],
    ]);
    for (const { value } of points) expect(value.sum).toBeGreaterThanOrEqual(0);
    for (const { value } of points) expect(value.sum).toBeLessThan(60);
    expect(await provider.histogram('timed_plain_seconds')).toMatchObject([{ value: { count: 1 } }]);
  });

  it('have no timer in another unit, and record nothing where types do not say so', async () => {
    const { untimed_euros } = defineMetrics({ untimed_euros: histogram });
    // @ts-expect-error seconds are no euros
    untimed_euros.startTimer().end();
    expect(await provider.histogram('untimed_euros')).toEqual([]);
  });

  it('meet their limits and pseudonyms whoever creates the instrument, and count once', async () => {
    const labels = { customer: { limit: 3, pseudonym: true } } as const;
    const { shop_visits_total: visits } = defineMetrics({ shop_visits_total: { ...counter, labels, maxLabelSets: 4 } });
    const plain = metrics.getMeter('somebody else').createCounter('shop_visits_total');
    for (let visit = 0; visit < 50; visit++) {
      visits.add(1, { customer: `alice${visit}@example.com` });
      plain.add(1, { customer: `bob${visit}@example.com`, email: 'bob@example.com' });
    }
    const points = (await provider.numbers('shop_visits_total')).concat();
    expect(JSON.stringify(points)).not.toMatch(/alice|bob/);
    expect(points.length).toBeLessThanOrEqual(4);
    expect(points.every(({ attributes }) => /^(u_|other)/.test(String(attributes.customer)))).toBe(true);
  });

  it('drop and count what cannot be, and never throw', async () => {
    const own = defineMetrics({
      odd_orders_total: counter,
      odd_value: histogram,
      odd_gauge: { kind: 'gauge', description, unit: '1' },
      odd_queue: {
        kind: 'observable',
        description,
        unit: '1',
        observe: () => {
          throw new Error('as intended');
        },
      },
    });
    for (const odd of [-1, Number.NaN, Number.POSITIVE_INFINITY, '7', undefined, Symbol('s')] as never[]) {
      own.odd_orders_total.add(odd);
      own.odd_value.record(odd);
      own.odd_gauge.set(odd === -1 ? (Number.NaN as never) : odd);
    }
    await provider.collect();
    const drops = await provider.numbers('onyx_telemetry_dropped_total');
    const dropped = Object.fromEntries(
      drops.map(({ attributes, value }) => [`${attributes.metric} ${attributes.reason}`, value]),
    );
    expect(Object.values(dropped).reduce((sum, value) => sum + value, 0)).toBeGreaterThanOrEqual(18 + 1);
    expect(await shown('odd_orders_total')).toEqual([]);
  });

  it('may be defined twice in the same words, as when a module is loaded twice', () => {
    defineMetrics({ twice_total: counter });
    expect(() => defineMetrics({ twice_total: { ...counter } })).not.toThrow();
    expect(() => defineMetrics({ twice_total: { ...counter, description: 'Else.' } })).toThrow(
      'with a different definition',
    );
  });

  it.each([
    ['1st', counter, 'starts with a letter'],
    ['a-b', counter, 'letters, digits, _ and .'],
    ['onyx_chat_duration_seconds', histogram, 'which "onyx_chat_duration_seconds" is already'],
    ['http_server_request_duration_seconds', histogram, 'which "http.server.request.duration" is already'],
    [
      'onyx_chat_duration_seconds_count',
      { ...counter, kind: 'gauge' },
      'which "onyx_chat_duration_seconds" is already',
    ],
    ['a_total', { ...counter, kind: 'summary' }, 'kind is counter, histogram, gauge or observable'],
    ['a_total', { ...counter, unit: 7 }, 'description and unit are texts'],
    [
      'a_total',
      { ...counter, labels: { le: { values: ['1'] } } },
      'label "le": Prometheus or the collector uses this name',
    ],
    ['a_total', { ...counter, labels: { __name__: { limit: 1 } } }, 'uses this name'],
    ['a_total', { ...counter, labels: { 'a b': { limit: 1 } } }, 'label "a b": a name is letters'],
    ['a_total', { ...counter, labels: { 'a.b': { limit: 1 }, a_b: { limit: 1 } } }, 'which another label is already'],
    ['a_total', { ...counter, labels: { user_id: { limit: 9 } } }, 'label "user_id": needs pseudonym: true'],
    ['a_total', { ...counter, labels: { email: { values: ['x'] } } }, 'needs pseudonym: true'],
    ['a_total', { ...counter, labels: { a: { values: [] } } }, 'has values, each there once'],
    ['a_total', { ...counter, labels: { a: { values: ['x', 'x'] } } }, 'has values, each there once'],
    ['a_total', { ...counter, labels: { a: {} } }, 'or a limit from 1 to 1000'],
    [
      'a_total',
      { ...counter, labels: { a: { limit: 2, folds: true }, b: { limit: 2, folds: 1 } } },
      'labels fold one after another',
    ],
    ['a_total', { ...counter, labels: { a: { limit: 2, folds: 0.5 } } }, 'folds is true, or a whole number from 1'],
    ['a_total', { ...counter, maxLabelSets: 0 }, 'maxLabelSets is a whole number'],
    ['a_value', { ...histogram, boundaries: [] }, 'boundaries are 1 to 30 numbers'],
    ['a_value', { ...histogram, boundaries: [1, 3, 2] }, 'finite, sorted and each there once'],
    ['a_value', { ...histogram, boundaries: [1, Number.POSITIVE_INFINITY] }, 'finite, sorted'],
    ['a_queue', { kind: 'observable', description, unit: '1' }, 'observe is a function'],
    [
      'a_queue',
      { kind: 'observable', description, unit: '1', observe: () => 1, labels: { a: { limit: 2 } } },
      'have values',
    ],
  ])('are refused when wrong: %s %j', (name, definition, fault) => {
    expect(() => defineMetrics({ [name]: definition as never })).toThrow(TypeError);
    expect(() => defineMetrics({ [name]: definition as never })).toThrow(`metric "${name}": `);
    expect(() => defineMetrics({ [name]: definition as never })).toThrow(fault);
  });
});

describe('an instrument nobody declared', () => {
  it('shows no personal data, no label that Prometheus cannot read, and pseudonyms of users', async () => {
    const undeclared = metrics.getMeter('a library').createCounter('library.calls');
    undeclared.add(1, {
      kind: 'read',
      le: '5',
      'a.b': 1,
      a_b: 2,
      '1st': 'x',
      contact: 'alice@example.com',
      peer: '10.0.0.7',
      'user.id': 'alice',
    });
    const [point] = await provider.numbers('library.calls');
    expect(point?.attributes).toEqual({
      'a.b': '1',
      contact: 'other',
      kind: 'read',
      peer: 'other',
      'user.id': `u_${Buffer.from('alice').toString('hex').slice(0, 12)}`,
    });
  });

  it('throws nothing, whatever its user is', async () => {
    const undeclared = metrics.getMeter('a library').createCounter('library.odd');
    for (const odd of [Object.create(null), Symbol('s'), 10n, null, []]) undeclared.add(1, { user_id: odd });
    const points = await provider.numbers('library.odd');
    expect(points.reduce((sum, { value }) => sum + value, 0)).toBe(5);
  });

  it('loses nothing when it is full, which is at 60 label sets of a histogram, and at 500 of others', async () => {
    const meter = metrics.getMeter('a library');
    const [time, retries] = [
      meter.createHistogram('library.time', { unit: 's' }),
      meter.createCounter('library.retries'),
    ];
    for (let call = 0; call < 600; call++) {
      time.record(1, { call });
      retries.add(1, { call });
    }
    const [times, counts] = [await provider.histogram('library.time'), await provider.numbers('library.retries')];
    expect([times.length, counts.length]).toEqual([60, 500]);
    for (const points of [times, counts]) {
      const total = points.reduce((sum, { value }) => sum + (typeof value === 'number' ? value : value.count), 0);
      expect(total).toBe(600);
      expect(points.map(({ attributes }) => attributes)).toContainEqual({ 'otel.metric.overflow': true });
    }
  });
});

describe('the example of business metrics', () => {
  it('is what the guide shows, three metrics in a dozen lines at most', () => {
    const example = readFileSync('otel/examples/business-metrics.mjs', 'utf8');
    const [, shown = ''] =
      /```js\n(import \{ defineMetrics.*?)```/s.exec(readFileSync('docs/guides/recording-metrics.md', 'utf8')) ?? [];
    const [imported = '', ...rest] = shown.trim().split('\n\n');
    expect(example).toContain(imported);
    expect(example).toContain(rest.join('\n\n'));
    const definition = /^const shop = defineMetrics\(\{\n.*?^\}\);$/ms.exec(example)?.[0] ?? '';
    expect(definition.match(/kind: '/g)).toHaveLength(3);
    expect(definition.split('\n').length).toBeLessThanOrEqual(12);
  });

  it('shows on /metrics what it says', async () => {
    const port = await getPort();
    const example = preloaded(['otel/examples/business-metrics.mjs'], {
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_METRIC_EXPORT_INTERVAL: '2000',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    });
    const headers = { authorization: basic('admin:admin') };
    const exposed = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
      return answer.text();
    };
    const body = await vi.waitFor(
      async () => {
        const text = await exposed();
        expect(text).toContain('shop_orders_total');
        return text;
      },
      { timeout: 20_000 },
    );
    expect(body).toMatch(/^shop_orders_total\{plan="pro",customer="u_[0-9a-f]{12}"\} 1$/m);
    expect(body).toMatch(/^shop_order_euros_bucket\{le="50"\} 1$/m);
    expect(body).toMatch(/^shop_open_carts 1$/m);
    expect(body).not.toContain('alice');
    expect(body).not.toContain('onyx_task_completion_total');
    expect(await example.ended).toMatchObject({ code: 0 });
  });
});
