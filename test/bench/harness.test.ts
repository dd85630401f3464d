// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { compare, type Suite } from './harness.ts';
import { measureHttpServers } from './http-server.ts';

/** A machine that gets slower with every round, and a subject that always costs 20 % more. */
function driftingSuite(): Suite & { readonly order: string[] } {
  const order: string[] = [];
  return {
    name: 'drift',
    question: 'Does drift cancel?',
    subjects: ['bare', 'dear'],
    workloads: ['hello'],
    packages: ['express'],
    order,
    async measure(subject) {
      const round = Math.floor(order.push(subject) / 2 + 0.5);
      return { cpu: 10 * round * (subject === 'dear' ? 1.2 : 1) };
    },
  };
}

test('subjects take turns within each round and begin with another one in each', async () => {
  const suite = driftingSuite();
  await compare(suite, 3, false, () => {});
  expect(suite.order).toEqual(['bare', 'dear', 'dear', 'bare', 'bare', 'dear']);
});

test('the ratio is taken within the round, so a drifting machine does not change it', async () => {
  const { hello } = await compare(driftingSuite(), 5, false, () => {});
  expect(hello?.bare?.measured.cpu).toEqual({ median: 30, q1: 20, q3: 40 });
  expect(hello?.bare?.ratio).toBeUndefined();
  for (const value of Object.values(hello?.dear?.ratio?.cpu ?? {})) expect(value).toBeCloseTo(1.2);
});

test('every sample of every round is kept beside its summary', async () => {
  const { hello } = await compare(driftingSuite(), 3, false, () => {});
  expect(hello?.bare?.samples).toEqual([{ cpu: 10 }, { cpu: 20 }, { cpu: 30 }]);
});

test('rounds that are added to earlier ones go on where those ended', async () => {
  const suite = driftingSuite();
  const first = await compare(suite, 1, false, () => {});
  const told: string[] = [];
  expect(await compare(suite, 2, false, (text) => told.push(text), first)).toEqual(
    await compare(driftingSuite(), 3, false, () => {}),
  );
  expect(suite.order).toEqual(['bare', 'dear', 'dear', 'bare', 'bare', 'dear']);
  expect(told.at(0)).toBe('drift: hello, round 2 of 3, dear');
});

test('subjects that are measured in turns are told apart, and begin with another one in each round', async () => {
  const orders: (readonly string[])[] = [];
  const suite: Suite = {
    ...{ name: 'turns', question: 'Who costs more?', subjects: ['bare', 'dear'], workloads: ['hello'], packages: [] },
    async measureInTurns(subjects) {
      orders.push(subjects);
      return Object.fromEntries(subjects.map((subject) => [subject, { cpu: subject === 'dear' ? 12 : 10 }]));
    },
  };
  const { hello } = await compare(suite, 2, false, () => {});
  expect(orders).toEqual([
    ['bare', 'dear'],
    ['dear', 'bare'],
  ]);
  expect(hello?.dear?.ratio?.cpu?.median).toBeCloseTo(1.2);
  expect(hello?.bare?.ratio).toBeUndefined();
});

const shortly = { connections: 2, warmUpSeconds: 0.2, seconds: 0.4, turns: 2 };

test('fresh servers are measured for CPU, throughput, latency and memory, each by itself', async () => {
  const samples = await measureHttpServers(
    { one: { nodeOptions: [] }, other: { nodeOptions: [] } },
    { ...shortly, handler: ['works', 1] },
  );
  expect(Object.keys(samples)).toEqual(['one', 'other']);
  for (const sample of Object.values(samples)) {
    expect(Object.keys(sample)).toEqual([
      'cpuMicrosecondsPerRequest',
      'requestsPerSecond',
      'p50Milliseconds',
      'p99Milliseconds',
      'rssMegabytes',
    ]);
    for (const [name, value] of Object.entries(sample)) expect(value, name).toBeGreaterThan(0);
    expect(sample.p99Milliseconds).toBeGreaterThanOrEqual(sample.p50Milliseconds ?? Number.NaN);
  }
});

test('a preload that fails to load ends the measurement with its own words', async () => {
  const broken = { broken: { nodeOptions: ['--require', 'no-such-preload'] } };
  await expect(measureHttpServers(broken, { ...shortly, handler: ['works', 0] })).rejects.toThrow(
    "Cannot find module 'no-such-preload'",
  );
});
