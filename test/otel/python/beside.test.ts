// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import getPort from 'get-port';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { frameworksPython, olderSdkPython, preload } from './python.ts';
import { attached, run } from './service.ts';

const soon = { timeout: 60_000, interval: 100 };

const [collector, python, folder] = await Promise.all([collectorOfFile(), frameworksPython(), preload()]);

/** Lines of a service that counted something. */
async function lines(job: string, series: string): Promise<string[]> {
  const { body } = await collector.scrape('apps');
  return body
    .split('\n')
    .filter((line) => line.startsWith(series) && line.includes(`job="${job}"`) && !line.endsWith(' 0'));
}
const sum = (all: readonly string[]) => all.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);

/** Where a service sends by itself: what arrives there. */
async function backend(): Promise<{ url: string; received: { path: string; body: string; key: unknown }[] }> {
  const received: { path: string; body: string; key: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const sent = Buffer.concat(await request.toArray());
    const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString('latin1');
    received.push({ path: request.url ?? '', body, key: request.headers['api-key'] });
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

describe('a Python service with an SDK of its own', { timeout: 300_000 }, () => {
  test.each(['1.45.2', '1.27.0'])('of version %s: both send, each to its place', async (version) => {
    const binary = version === '1.45.2' ? python : await olderSdkPython();
    const { url, received } = await backend();
    const job = `own-${version.replaceAll('.', '-')}`;
    const { code, output } = await run(binary, ['own_sdk.py'], {
      ...attached(folder, job, collector.otlp),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${url}`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=of-the-backend',
    }).ended;
    expect({ code, output }).toEqual({ code: 0, output: `${version}\n` });
    expect(sum(await lines(job, 'onyx_task_completion_total'))).toBe(1);
    expect(await lines(job, 'app_orders')).toEqual([]);
    expect(received).toEqual([
      { path: '/v1/metrics', body: expect.stringContaining('app_orders'), key: 'of-the-backend' },
    ]);
    expect(received[0]?.body).not.toContain('onyx_');
  });

  test("or upstream's own instrumentation in a sitecustomize: each request is counted once here, and there", async () => {
    const { url, received } = await backend();
    const upstream = 'import opentelemetry.instrumentation.auto_instrumentation as own; print(own.__path__[0])';
    const { stdout } = await execa(python, ['-c', upstream]);
    const port = await getPort();
    const service = run(python, ['-m', 'uvicorn', 'fastapi_app:app', '--port', String(port)], {
      ...attached(`${folder}:${stdout}`, 'instrumented', collector.otlp),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${url}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    let answered = 0;
    const ask = async () => {
      expect((await fetch(`http://127.0.0.1:${port}/items/${answered}`)).status).toBe(200);
      answered += 1;
    };
    await vi.waitFor(ask, soon);
    for (let times = 0; times < 5; times++) await ask();
    await vi.waitFor(() => expect(received.map(({ path }) => path)).toContain('/v1/traces'), soon);
    service.child.kill('SIGTERM');
    await service.ended;
    expect(sum(await lines('instrumented', 'http_server_request_duration_seconds_count'))).toBe(answered);
  });

  test('or Sentry: it hears of the error, and the requests are counted', async () => {
    const { url, received } = await backend();
    const port = await getPort();
    const service = run(python, ['-m', 'uvicorn', 'sentry_app:app', '--port', String(port)], {
      ...attached(folder, 'sentry', collector.otlp),
      SENTRY_DSN: `http://key@${url}/1`,
    });
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then(({ status }) => status);
    await vi.waitFor(async () => expect(await ask('/items/1')).toBe(200), soon);
    expect(await ask('/fail')).toBe(500);
    await vi.waitFor(() => expect(received.some(({ body }) => body.includes('RuntimeError'))).toBe(true), soon);
    service.child.kill('SIGTERM');
    await service.ended;
    const requests = (await lines('sentry', 'http_server_request_duration_seconds_count')).map((line) => [
      /http_route="([^"]*)"/.exec(line)?.[1],
      line.split(' ').at(-1),
    ]);
    expect(requests.sort()).toEqual([
      ['/fail', '1'],
      ['/items/{item}', '1'],
    ]);
  });
});
