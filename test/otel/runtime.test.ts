import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { metrics } from '@opentelemetry/api';
import { afterAll, expect, it } from 'vitest';
import { observeRuntime } from '../../otel/src/runtime.ts';
import { MemoryProvider } from './memory-provider.ts';

const provider = new MemoryProvider();
afterAll(() => provider.shutdown());

it('garbage collections are counted by type, with their durations', async () => {
  observeRuntime(metrics.getMeterProvider());
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let count = 0; count < 3; count++) collect();
  const major = async () =>
    (await provider.histogram('v8js.gc.duration')).find(({ attributes }) => attributes['v8js.gc.type'] === 'major');
  await expect.poll(async () => (await major())?.value.count, { timeout: 5_000 }).toBeGreaterThanOrEqual(3);
  const { count, sum = 0 } = (await major())?.value ?? { count: 0 };
  // A collection of a test's heap takes milliseconds: seconds or nanoseconds would be off by a thousand.
  expect(sum / count).toBeGreaterThan(1e-4);
  expect(sum / count).toBeLessThan(1);
});
