import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../collector/collector.ts';
import { installed } from './installed.ts';
import { fixture, run } from './preloaded.ts';

const preload = createRequire(import.meta.url).resolve('otel/register');
const nodeSdk = '@opentelemetry/sdk-node@0.223.0';

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector?.stop());

/** Runs the orders program with these packages beside it; says what the other SDK received and what arrived here. */
async function orders(other: string, packages: readonly string[]) {
  const app = await installed(...packages);
  const instance = randomUUID();
  copyFileSync(fixture('orders.cjs'), join(app, 'orders.cjs'));
  const program = run(
    ['--require', preload, 'orders.cjs', other],
    {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    },
    app,
  );
  const received = await Promise.race([
    once(program.child, 'message').then(([message]) => message),
    program.ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  const counted = async (): Promise<string[]> => {
    const { body } = await collector.scrape('suna');
    return body.split('\n').filter((line) => line.startsWith('app_orders_total') && line.includes(instance));
  };
  await expect.poll(counted, { timeout: 20_000 }).not.toEqual([]);
  program.child.send('end');
  const [{ code, stderr }, counts] = await Promise.all([program.ended, counted()]);
  return { code, stderr, received, counts };
}

const arrived = [expect.stringMatching(/ 3$/)];

describe('beside the preload', () => {
  it.each(['1.4.0', '1.8.0', '1.10.0'])('instruments of @opentelemetry/api %s record', async (version) => {
    expect(await orders('nothing', [`@opentelemetry/api@${version}`])).toEqual({
      code: 0,
      stderr: '',
      received: {},
      counts: arrived,
    });
  });

  it.each([
    ['1.8.0', '11.12.0'],
    ['1.10.0', '11.12.0'],
    ['1.8.0', '10.27.0'],
  ])('an application with the API %s gets its instruments, and Sentry %s its traces', async (api, sentry) => {
    expect(await orders('sentry', [`@opentelemetry/api@${api}`, `@sentry/node@${sentry}`])).toEqual({
      code: 0,
      stderr: '',
      received: { transactions: ['order'] },
      counts: arrived,
    });
  });

  it("the application's own SDK gets its traces, and one line says that its metrics are exported from here", async () => {
    const { stderr, ...rest } = await orders('sdk', ['@opentelemetry/api@1.9.1', nodeSdk]);
    expect(rest).toEqual({ code: 0, received: { spans: ['order'] }, counts: arrived });
    expect(stderr).toMatch(/^otel\/register: the application's own OpenTelemetry SDK gets no metrics[^\n]*\n$/);
  });
});
