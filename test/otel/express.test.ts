// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import express from 'express';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestMetrics } from '../../otel/src/express.ts';
import { basic } from '../../services/prometheus/http-endpoint.ts';
import { MemoryProvider } from './helpers/memory-provider.ts';
import { fixture, preloaded } from './helpers/preloaded.ts';

// Made before there is an SDK, as in an application that sets its own up late.
const middleware = requestMetrics();
let provider: MemoryProvider;

const app = express();
app.use('/late', (_request, response, next) => void response.once('close', () => setImmediate(next)));
app.use(middleware);
app.use(requestMetrics());
app.get('/items/:id', (_request, response) => void response.json({}));
app.get('/fails', () => {
  throw new Error('as intended');
});
app.get('/hangs', () => {});
app.use(((_error, _request, response, _next) => void response.status(500).end()) as express.ErrorRequestHandler);
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(() => {
  provider = new MemoryProvider();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await provider.shutdown();
});

describe('the Express middleware', () => {
  it('counts latency and errors by route, each request once, with the boundaries of the preload', async () => {
    for (const path of ['/items/1', '/items/2', '/fails', '/nowhere']) await fetch(url() + path);
    const counts = async () => {
      const points = await provider.histogram('http.server.request.duration');
      return points.map(({ attributes, value }) => [
        attributes['http.route'],
        attributes['http.response.status_code'],
        attributes['error.type'],
        value.count,
      ]);
    };
    await expect.poll(counts).toEqual([
      ['/items/:id', '200', undefined, 2],
      ['/fails', '500', '500', 1],
      [undefined, '404', undefined, 1],
    ]);
  });

  it('counts requests in flight', async () => {
    const hanging = request(`${url()}/hangs`).on('error', () => {});
    hanging.end();
    await expect.poll(() => provider.numbers('http.server.active_requests')).toMatchObject([{ value: 1 }]);
    hanging.destroy();
    await expect.poll(() => provider.numbers('http.server.active_requests')).toEqual([]);
  });

  it('counts no request as in flight that ended before it came to it', async () => {
    const abandoned = request(`${url()}/late`).on('error', () => {});
    abandoned.end();
    await once(server, 'request');
    abandoned.destroy();
    await fetch(`${url()}/items/3`);
    const items = async () => {
      const points = await provider.histogram('http.server.request.duration');
      return points.find(({ attributes }) => attributes['http.route'] === '/items/:id')?.value.count;
    };
    await expect.poll(items).toBe(3);
    expect(await provider.numbers('http.server.active_requests')).toEqual([]);
  });

  it('leaves out the routes that it is told, by their path without the query', async () => {
    const probed = express();
    // A regular expression with the flag `g` remembers where it was.
    probed.use('/api', requestMetrics({ excludeRoutes: ['/api/health', /^\/api\/internal\//g] }));
    probed.use((_request, response) => void response.end());
    const listening = probed.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const counted = async () => {
      const points = await provider.histogram('http.server.request.duration');
      return points.reduce((sum, { value }) => sum + value.count, 0);
    };
    const before = await counted();
    const at = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/api`;
    for (const path of ['/health?deep=1', '/health', '/internal/a', '/internal/b', '/health/live', '/other'])
      await fetch(at + path);
    await expect.poll(counted).toBe(before + 2);
    expect(await provider.numbers('http.server.active_requests')).toEqual([]);
    listening.closeAllConnections();
    listening.close();
  });

  it.each(['/health', [7], [undefined], null])('is refused a list of routes that is none: %j', (excludeRoutes) => {
    expect(() => requestMetrics({ excludeRoutes: excludeRoutes as never })).toThrow(
      /^requestMetrics: excludeRoutes is .*\. Give it a list of paths and regular expressions/,
    );
  });

  it('lets a request through that it cannot measure', () => {
    let passed = 0;
    middleware(null as never, null as never, () => passed++);
    expect(passed).toBe(1);
    expect(metrics.getMeterProvider()).toBeDefined();
  });

  it('never counts twice beside the preload, and leaves routes out there too', async () => {
    const port = await getPort();
    const service = preloaded([fixture('middleware-server.cjs')], {
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    });
    const headers = { authorization: basic('admin:admin') };
    for (let probe = 0; probe < 3; probe++) await fetch(`http://127.0.0.1:${await service.port}/health`);
    const answer = await fetch(`http://127.0.0.1:${await service.port}/items/7`);
    expect(answer.status).toBe(200);
    const counted = async () => {
      const body = await fetch(`http://127.0.0.1:${port}/metrics`, { headers }).then((answer) => answer.text());
      return body.match(/^http_server_request_duration_seconds_count.* \d+$/gm)?.map((line) => line.split(' ').at(-1));
    };
    await expect.poll(counted).toEqual(['1']);
    service.child.kill();
    await service.ended;
  });
});
