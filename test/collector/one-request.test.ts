// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import {
  asIntegers,
  counter,
  delta,
  exponential,
  gauge,
  histogram,
  instance,
  type Message,
  message,
  sendTogether,
  summary,
  upDownCounter,
} from './helpers/otlp.ts';

/** Requests that say more than one thing of a series: a sender that was cut off, a gateway that gathers, two libraries of one process. */

const collector = await collectorOfFile();

/** Lines of `apps` whose names begin with `name`, without who sent them. */
async function shown(name: string): Promise<string[]> {
  const { body } = await collector.scrape('apps');
  const lines = body.split('\n').filter((line) => line.startsWith(name));
  return lines.map((line) => line.replace(/(?:instance|job)=".*?",?/g, '').replace('{}', ''));
}

async function sent(...messages: readonly Message[]): Promise<void> {
  expect(await sendTogether(collector.otlp, messages)).toBe(200);
}

const now = Date.now();
/** Ten seconds apart, the last of them now; in no order, since none is promised. */
const times = [now - 10_000, now, now - 20_000] as const;
const start = now - 60_000;
/** What a series was at these times: its value now is 7. */
const course = times.map((at, index) => ({ at, start, value: [5, 7, 3][index] as number }));

interface Kind {
  readonly kind: string;
  /** A metric of this kind, with the values of a series. */
  readonly metric: (name: string, points: typeof course) => object;
  /** The line that is read. */
  readonly line: string;
}

const kinds: readonly Kind[] = [
  { kind: 'counter', metric: (name, points) => counter(`${name}_total`, points), line: '_total' },
  {
    kind: 'counter of integers',
    metric: (name, points) => asIntegers(counter(`${name}_total`, points)),
    line: '_total',
  },
  { kind: 'up-down counter', metric: (name, points) => upDownCounter(name, points), line: '' },
  { kind: 'gauge', metric: (name, points) => gauge(name, points), line: '' },
  {
    kind: 'histogram',
    metric: (name, points) =>
      histogram(
        `${name}_seconds`,
        [1],
        points.map(({ value, ...rest }) => ({ ...rest, counts: [value, 0], sum: value / 2 })),
      ),
    line: '_seconds_count',
  },
  {
    kind: 'exponential histogram',
    metric: (name, points) =>
      exponential(
        `${name}_seconds`,
        points.map(({ value, ...rest }) => ({ ...rest, scale: 3, offset: 0, counts: [value], sum: value * 1.05 })),
      ),
    line: '_seconds_count',
  },
  {
    kind: 'summary',
    metric: (name, points) =>
      summary(
        `${name}_seconds`,
        points.map(({ value, ...rest }) => ({ ...rest, count: value, sum: value / 2 })),
      ),
    line: '_seconds_count',
  },
];

const nameOf = (kind: string, what: string) => `${what}_${kind.replaceAll(/\W/g, '_')}`;
const process = (number: number, resource = {}) => ({ service: 'parts', instance: instance(number), resource });
const [here, there] = [{ name: 'a', version: '1' }, { name: 'b' }];

describe.each(kinds)('of a $kind', ({ kind, metric, line }) => {
  const single = ([value = 0]: readonly number[]) => course.filter((point) => point.value === value);

  test('the latest of several points is shown, in whatever order and parts they come', async () => {
    const name = nameOf(kind, 'course');
    await sent(message(process(1), [metric(`${name}_a`, course)]));
    await sent(
      message(
        process(1),
        [5, 7, 3].map((value) => metric(`${name}_b`, single([value]))),
      ),
    );
    await sent(...[5, 7, 3].map((value) => message(process(1), [metric(`${name}_c`, single([value]))], here)));
    for (const part of ['a', 'b', 'c'])
      expect(await shown(`${name}_${part}${line}`)).toEqual([`${name}_${part}${line} 7`]);
  });

  test('what is said twice counts once', async () => {
    const name = nameOf(kind, 'again');
    const once = message(process(1), [metric(name, single([7]))]);
    await sent(once, once);
    expect(await shown(`${name}${line}`)).toEqual([`${name}${line} 7`]);
  });

  test('what two scopes count is one number, from the first request that both are in', async () => {
    const name = nameOf(kind, 'scopes');
    await sent(message(process(1), [metric(name, single([3]))], there));
    const both = [
      message(process(1), [metric(name, single([5]))], here),
      message(process(1), [metric(name, single([7]))], there),
    ];
    await sent(...both);
    // A gauge does not add up: of several the highest is shown.
    expect(await shown(`${name}${line}`)).toEqual([`${name}${line} ${kind === 'gauge' ? 7 : 12}`]);
  });

  test('what two processes count stays theirs', async () => {
    const name = nameOf(kind, 'processes');
    await sent(message(process(1), [metric(name, single([5]))]), message(process(2), [metric(name, single([7]))]));
    expect(await shown(`${name}${line}`)).toEqual([`${name}${line} 5`, `${name}${line} 7`]);
  });
});

test('two instruments of one name in one scope both count', async () => {
  const [integers, fractions] = [
    asIntegers(counter('twin_total', [{ value: 2, at: now }])),
    counter('twin_total', [{ value: 1.5, at: now }]),
  ];
  await sent(message(process(1), [integers, fractions]));
  expect(await shown('twin_total')).toEqual(['twin_total 3.5']);
});

test('deltas of two scopes and of several times all count', async () => {
  const of = (...values: readonly number[]) =>
    delta(
      counter(
        'each_total',
        values.map((value, index) => ({ value, at: now - index * 1000 })),
      ),
    );
  await sent(
    message(process(1), [of(1, 2)], here),
    message(process(1), [of(4)], there),
    message(process(1), [of(8)], here),
  );
  await sent(message(process(1), [of(16)], here));
  expect(await shown('each_total')).toEqual(['each_total 31']);
});

describe('a request by the name of today and by a former one', () => {
  const of = (
    name: string,
    unit: string,
    scale: number,
    attributes: Record<string, string | number>,
    count: number,
  ) => ({
    ...histogram(name, [scale], [{ counts: [count, 0], sum: (count * scale) / 2, attributes }]),
    unit,
  });
  const former = (count: number) =>
    of(
      'http.client.duration',
      'ms',
      1000,
      { 'http.method': 'GET', 'http.flavor': '1.1', 'net.peer.name': 'api.example.com' },
      count,
    );
  const today = (count: number) =>
    of(
      'http.client.request.duration',
      's',
      1,
      { 'http.request.method': 'GET', 'server.address': 'api.example.com' },
      count,
    );
  const counted = async (own: string) => {
    const { body } = await collector.scrape('apps');
    const lines = body
      .split('\n')
      .filter((line) => line.startsWith('http_client_request_duration_seconds_count{') && line.includes(own));
    return lines.map((line) => line.split(' ').at(-1));
  };

  test('counts once where one library says both', async () => {
    await sent(message(process(3), [former(5), today(5)], here));
    expect(await counted(instance(3))).toEqual(['5']);
  });

  test('counts for each where two libraries say one each, or one of them both', async () => {
    await sent(message(process(4), [former(5)], here), message(process(4), [today(6)], there));
    await sent(message(process(5), [today(6)], there), message(process(5), [former(5), today(5)], here));
    expect([await counted(instance(4)), await counted(instance(5))]).toEqual([['11'], ['11']]);
  });
});

test('services of one name in two namespaces are told apart, with ids of their own numbering and without', async () => {
  const of = (space: string, id: string | null) => ({
    service: 'spaces',
    instance: id,
    resource: { 'service.namespace': space },
  });
  for (const [name, id] of [
    ['numbered_total', '1'],
    ['unnumbered_total', null],
  ] as const)
    for (const value of [5, 9]) await sent(message(of(`space-${value}`, id), [counter(name, [{ value }])]));
  expect(await shown('numbered_total')).toEqual(['numbered_total 5', 'numbered_total 9']);
  expect(await shown('unnumbered_total')).toEqual(['unnumbered_total 5', 'unnumbered_total 9']);
});

test('whatever is repeated and cut up in a request, totals are those of a ledger', async () => {
  let seed = 7;
  const chance = (of: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % of;
  };
  const ledger = new Map<string, { at: number; value: number; model: string }>();
  const messages = Array.from({ length: 400 }, (_, index) => {
    const [scope, model, email, value] = [[here, there][chance(2)], `m${chance(3)}`, `p${chance(4)}`, 1 + chance(90)];
    const at = now - 400_000 + ((index * 211) % 400) * 1000;
    const series = `${scope?.name} ${model} ${email}`;
    if ((ledger.get(series)?.at ?? 0) < at) ledger.set(series, { at, value, model });
    return message(process(6), [counter('ledger_total', [{ value, at, start, attributes: { model, email } }])], scope);
  });
  await sent(...messages);
  const right = ['m0', 'm1', 'm2'].map((model) => {
    const values = [...ledger.values()].filter((point) => point.model === model);
    return `ledger_total{model="${model}"} ${values.reduce((sum, { value }) => sum + value, 0)}`;
  });
  expect(await shown('ledger_total')).toEqual(right);
});
