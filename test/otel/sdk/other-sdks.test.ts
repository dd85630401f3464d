// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it, vi } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { application } from '../helpers/installed.ts';
import { preload, run } from '../helpers/preloaded.ts';

const nodeSdk = ['@opentelemetry/api@1.9.1', '@opentelemetry/sdk-node@0.223.0'];
const sentry = ['@opentelemetry/api@1.8.0', '@sentry/node@11.12.0'];

const collector = await collectorOfFile();
const folder = folderOfFile();

/** The folder of the orders program with these packages next to it. */
const program = (packages: readonly string[]) => application(folder, packages, ['orders.cjs', 'other-sdk.cjs']);

/** The orders program and all of its packages as one file of a folder of its own. */
async function bundle(packages: readonly string[], minify: boolean): Promise<string> {
  const outfile = join(mkdtempSync(join(folder, 'bundle-')), 'orders.cjs');
  await build({
    entryPoints: [join(await program(packages), 'orders.cjs')],
    bundle: true,
    platform: 'node',
    minify,
    external: ['@sentry/node', '@opentelemetry/sdk-node'].filter(
      (name) => !packages.some((each) => each.startsWith(name)),
    ),
    logLevel: 'error',
    outfile,
  });
  return join(outfile, '..');
}

/** Runs it; says what the other SDK received, which orders arrived here, and how many of one request. */
async function orders(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const instance = randomUUID();
  const { child, ended } = run(
    args,
    {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_METRIC_EXPORT_INTERVAL: '2000',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
      ...env,
    },
    cwd,
  );
  const { port, received } = await Promise.race([
    once(child, 'message').then(([message]) => message),
    ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).then((answer) => answer.text());
  const arrived = async () => {
    const { body } = await collector.scrape('suna');
    const values = (name: string): number[] =>
      body
        .split('\n')
        .filter((line) => line.startsWith(name) && line.includes(instance))
        .map((line) => Number(line.split(' ').at(-1)));
    return { orders: values('app_orders_total'), requests: values('http_server_request_duration_seconds_count') };
  };
  // The last export ends early where a machine is as busy as these programs make it. The orders came before the request.
  await vi.waitFor(async () => expect(await arrived()).toMatchObject({ requests: [1] }), { timeout: 20_000 });
  child.send('end');
  const { code, stderr } = await ended;
  return { code, stderr, received, ...(await arrived()) };
}

const here = { code: 0, orders: [3], requests: [1] };
const line = (text: string) => expect.stringMatching(new RegExp(`^otel/register: ${text}[^\n]*\n$`));

// Their packages may have to be installed first.
describe.concurrent('beside the preload', { timeout: 300_000 }, () => {
  it.each(['1.4.0', '1.8.0', '1.10.0'])('instruments of @opentelemetry/api %s record', async (version) => {
    const app = await program([`@opentelemetry/api@${version}`]);
    const found = await orders(app, ['--require', preload, 'orders.cjs', 'nothing']);
    expect(found).toEqual({ ...here, stderr: '', received: {} });
  });

  it.each([
    ['1.8.0', '11.12.0'],
    ['1.10.0', '11.12.0'],
    ['1.8.0', '10.27.0'],
  ])('an application with the API %s gets its instruments, and Sentry %s its traces', async (api, version) => {
    const app = await program([`@opentelemetry/api@${api}`, `@sentry/node@${version}`]);
    const found = await orders(app, ['--require', preload, 'orders.cjs', 'sentry']);
    expect(found).toEqual({ ...here, stderr: '', received: { transactions: ['order'] } });
  });

  const both = { spans: ['order'], metrics: [['app_orders_total', 3]] };

  it("the application's own SDK gets its traces and its metrics, which arrive here as well", async () => {
    const found = await orders(await program(nodeSdk), ['--require', preload, 'orders.cjs', 'sdk']);
    expect(found).toEqual({ ...here, stderr: '', received: both });
  });

  it('an SDK that was registered first keeps its traces and the instruments, and one line says what is recorded here', async () => {
    const first = ['--require', './other-sdk.cjs', '--require', preload, 'orders.cjs', 'sdk'];
    expect(await orders(await program(nodeSdk), first)).toEqual({
      ...here,
      orders: [],
      stderr: line('another OpenTelemetry SDK was registered first: only HTTP and runtime metrics are recorded here'),
      received: { spans: ['order'], metrics: [['app_orders_total', 3]] },
    });
  });

  it('Sentry that was started first keeps its traces, and the instruments record', async () => {
    const first = ['--import', './other-sdk.cjs', '--require', preload, 'orders.cjs', 'sentry'];
    const found = await orders(await program(sentry), first);
    expect(found).toEqual({ ...here, stderr: '', received: { transactions: ['order'] } });
  });

  it.each([
    ['as it is', false],
    ['minified', true],
  ])('an SDK bundled into the application, %s, gets its traces as any other does', async (_how, minify) => {
    const found = await orders(await bundle(nodeSdk, minify), ['--require', preload, 'orders.cjs', 'sdk']);
    expect(found).toEqual({ ...here, stderr: '', received: both });
  });

  it('Sentry bundled into the application gets its traces, and the instruments of the bundle record', async () => {
    const found = await orders(await bundle(sentry, true), ['--require', preload, 'orders.cjs', 'sentry']);
    // Sentry itself misses a package that is in no bundle.
    const stderr = expect.not.stringContaining('otel/register');
    expect(found).toEqual({ ...here, stderr, received: { transactions: ['order'] } });
  });

  it('an SDK bundled into code that has no file is refused with one line, and the instruments record', async () => {
    const cwd = await bundle(nodeSdk, false);
    const source = "require('node:fs').readFileSync('orders.cjs', 'utf8')";
    const load = `require('node:vm').runInThisContext(require('node:module').wrap(${source}))(exports, require, module)`;
    writeFileSync(join(cwd, 'load.cjs'), load);
    expect(await orders(cwd, ['--require', preload, 'load.cjs', 'tracing'])).toEqual({
      ...here,
      stderr: line('the OpenTelemetry SDK bundled into the application cannot register: keep [^\n]* out of the bundle'),
      received: { spans: [] },
    });
  });

  it('a second copy of it leaves the process to the first, with one line', async () => {
    const copy = join(folder, 'copy.cjs');
    copyFileSync(preload, copy);
    const app = await program(['@opentelemetry/api@1.8.0']);
    expect(await orders(app, ['--require', preload, '--require', copy, 'orders.cjs', 'nothing'])).toEqual({
      ...here,
      stderr: line('another copy of otel/register was loaded first: this one does nothing'),
      received: {},
    });
  });
});
