// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { metrics } from '@opentelemetry/api';
import { afterAll, expect, it } from 'vitest';
import { observeRuntime } from '../../../otel/src/measure/runtime.ts';
import { MemoryProvider } from '../helpers/memory-provider.ts';
import { preloaded } from '../helpers/preloaded.ts';

const provider = new MemoryProvider();
observeRuntime(metrics.getMeterProvider());
afterAll(() => provider.shutdown());

/** The one value a metric of the process has, or the sum over its label sets. */
function valueIn(collected: Awaited<ReturnType<MemoryProvider['collect']>>, name: string): number {
  return (collected.get(name)?.dataPoints ?? []).reduce((sum, { value }) => sum + Number(value), 0);
}
const current = async (name: string): Promise<number> => valueIn(await provider.collect(), name);

it('a blocked event loop shows as late timers and as utilisation', async () => {
  await provider.collect();
  const before = performance.eventLoopUtilization();
  // A sample is the time since the last one, and the collection has taken that away.
  await setTimeout(60);
  const start = performance.now();
  while (performance.now() - start < 300);
  // Once round: the timers that were due meanwhile have fired.
  await setImmediate();
  await setImmediate();
  const { utilization } = performance.eventLoopUtilization(before);
  const collected = await provider.collect();
  const blocked = (performance.now() - start) / 1000;
  for (const name of ['nodejs.eventloop.delay.max', 'nodejs.eventloop.delay.p99']) {
    expect(valueIn(collected, name)).toBeGreaterThan(0.25);
    expect(valueIn(collected, name)).toBeLessThan(blocked);
  }
  expect(Math.abs(valueIn(collected, 'nodejs.eventloop.utilization') - utilization)).toBeLessThan(0.1);
});

it('memory and CPU time are those the process has', async () => {
  const near = (found: number, expected: number): void => expect(Math.abs(found / expected - 1)).toBeLessThan(0.2);
  near(await current('v8js.memory.heap.used'), process.memoryUsage().heapUsed);
  near(await current('v8js.memory.heap.limit'), getHeapStatistics().heap_size_limit);
  near(await current('process.memory.usage'), process.memoryUsage().rss);
  const { user, system } = process.cpuUsage();
  near(await current('process.cpu.time'), (user + system) / 1e6);
});

it('garbage collections are counted by type, with their durations', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let count = 0; count < 3; count++) collect();
  const major = async () =>
    (await provider.histogram('v8js.gc.duration')).find(({ attributes }) => attributes['v8js.gc.type'] === 'major');
  await expect.poll(async () => (await major())?.value.count).toBeGreaterThanOrEqual(3);
  const { count, sum = 0 } = (await major())?.value ?? { count: 0 };
  // A collection of a test's heap takes milliseconds: seconds or nanoseconds would be off by a thousand.
  expect(sum / count).toBeGreaterThan(1e-4);
  expect(sum / count).toBeLessThan(1);
});

/** Once a request has made it measured, collects thousands of times in 5 s and says by how many bytes its memory has grown. */
const collecting = `
  const { createServer, get } = require('node:http');
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1', () => {
    get({ port: server.address().port }, (response) => response.resume().on('end', () => setInterval(allocate, 5)));
  });
  let made, before;
  const start = performance.now();
  function allocate() {
    for (let count = 0; count < 20_000; count++) made = [count];
    const seconds = (performance.now() - start) / 1000;
    if (seconds > 1) before ??= process.memoryUsage.rss();
    if (seconds > 5) process.send(process.memoryUsage.rss() - before, () => process.exit());
  }
`;

it('the memory of a process that collects all the time stays flat', async () => {
  const program = preloaded(['--max-semi-space-size=1', '-e', collecting], { OTEL_METRICS_EXPORTER: 'none' });
  expect(await program.port).toBeLessThan(15e6);
  await program.ended;
});
