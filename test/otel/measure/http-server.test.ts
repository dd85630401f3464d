// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { get } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Attributes, metrics } from '@opentelemetry/api';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestMetrics } from '../../../otel/src/express.ts';
import { httpServerObserver } from '../../../otel/src/measure/http-server.ts';
import { MemoryProvider } from '../helpers/memory-provider.ts';
import { selfSigned } from '../helpers/self-signed.ts';

const provider = new MemoryProvider();
subscribe('http.server.request.start', httpServerObserver(metrics.getMeterProvider()));

const app = express();
app.get('/users/:id', (_request, response) => void response.json({}));
app.get('/fails', () => {
  throw new Error('as intended');
});
app.get('/hangs', () => {});
app.get('/streams', async (_request, response) => {
  for (const part of ['a', 'b', 'c']) {
    response.write(part);
    await delay(50);
  }
  response.end();
});
// Express' own handler writes the stack to standard error.
app.use(((_error, _request, response, _next) => void response.status(500).end()) as express.ErrorRequestHandler);
const server = createServer(app);
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await provider.shutdown();
});

async function points(): Promise<[Attributes, number, number][]> {
  const all = await provider.histogram('http.server.request.duration');
  return all.map(({ attributes, value }) => [attributes, value.count, value.sum ?? 0]);
}

function labels(method: string, status: number, rest: Attributes = {}): Attributes {
  return { 'http.request.method': method, 'http.response.status_code': String(status), ...rest };
}

describe('HTTP server metrics', () => {
  it('count by method, status and route template, never by path', async () => {
    for (const path of ['/users/1', '/users/2', '/wp-login.php?user=alice', '/fails']) await fetch(url + path);
    await fetch(`${url}/users/3`, { method: 'DELETE' });
    await expect
      .poll(async () => (await points()).map(([attributes, count]) => [attributes, count]))
      .toEqual([
        [labels('GET', 200, { 'http.route': '/users/:id' }), 2],
        [labels('GET', 404), 1],
        [labels('GET', 500, { 'http.route': '/fails', 'error.type': '500' }), 1],
        [labels('DELETE', 404), 1],
      ]);
  });

  it('measure a streamed answer to its end', async () => {
    await fetch(`${url}/streams`).then((answer) => answer.text());
    await expect
      .poll(async () => (await points()).find(([attributes]) => attributes['http.route'] === '/streams')?.[2])
      .toBeGreaterThanOrEqual(0.145);
  });

  it('show a request as active while it is served, and as aborted with 499 when the client goes away', async () => {
    const hanging = request(`${url}/hangs`).on('error', () => {});
    hanging.end();
    await expect.poll(() => provider.numbers('http.server.active_requests')).toMatchObject([{ value: 1 }]);
    hanging.destroy();
    await expect
      .poll(async () => (await points()).find(([attributes]) => attributes['error.type'] === 'aborted')?.[0])
      .toEqual(labels('GET', 499, { 'http.route': '/hangs', 'error.type': 'aborted' }));
    expect(await provider.numbers('http.server.active_requests')).toEqual([]);
  });

  it('begin with the first request of a kind, not when they are collected', async () => {
    app.get('/new', (_request, response) => void response.on('close', () => closed(Date.now())).end());
    let closed: (at: number) => void = () => {};
    const end = new Promise<number>((resolve) => {
      closed = resolve;
    });
    await fetch(`${url}/new`).then((answer) => answer.text());
    const ended = await end;
    while (Date.now() <= ended + 2);
    const all = await provider.histogram('http.server.request.duration');
    const [begun] = all
      .filter(({ attributes }) => attributes['http.route'] === '/new')
      .map(({ startTime }) => startTime);
    expect((begun?.[0] ?? 0) * 1e3 + (begun?.[1] ?? 0) / 1e6).toBeLessThanOrEqual(ended + 1);
  });

  it('count each of the many requests pipelined on one connection', async () => {
    const before = await count('/users/:id');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET /users/1 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
    await expect.poll(() => count('/users/:id')).toBe(before + 200);
    socket.destroy();
  });

  it('count each of the requests that were pipelined when the client goes away, as aborted, and leave none active', async () => {
    const before = await aborted();
    let answered: (value: unknown) => void = () => {};
    const queued = new Promise((resolve) => {
      answered = resolve;
    });
    app.get('/queued', (_request, response) => answered(response.end('never sent')));
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write(
      ['/hangs', '/hangs', '/users/1', '/hangs', '/hangs', '/queued']
        .map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
        .join(''),
    );
    await queued;
    expect(await provider.numbers('http.server.active_requests')).toMatchObject([{ value: 6 }]);
    client.destroy();
    await expect.poll(aborted).toBe(before + 6);
    expect(await provider.numbers('http.server.active_requests')).toEqual([]);
  });

  it('count a request that waited for its turn and had it once, as what it was answered', async () => {
    const [users, gone] = [await count('/users/:id'), await aborted()];
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write(`GET /streams HTTP/1.1\r\nHost: x\r\n\r\n${'GET /users/1 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2)}`);
    await expect.poll(() => count('/users/:id')).toBe(users + 2);
    client.destroy();
    await once(client, 'close');
    expect(await aborted()).toBe(gone);
    await expect.poll(() => provider.numbers('http.server.active_requests')).toEqual([]);
  });

  it('count what comes by TLS, and nothing of what comes by HTTP/2, which is answered all the same', async () => {
    const secure = createSecureServer({ ...(await selfSigned()), allowHTTP1: true }, (_request, response) =>
      response.end('served'),
    );
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    const { port } = secure.address() as AddressInfo;
    const before = await total();
    const byTls = get({ host: '127.0.0.1', port, rejectUnauthorized: false, agent: false });
    const [answer] = await once(byTls, 'response');
    await once(answer.resume(), 'end');
    await expect.poll(total).toBe(before + 1);

    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    const stream = session.request({ ':path': '/' });
    const [headers] = await once(stream, 'response');
    await once(stream.resume(), 'end');
    expect(headers[':status']).toBe(200);
    expect(await total()).toBe(before + 1);
    session.destroy();
    secure.close();
  });

  it('count an HTTP/2 stream once, though the middleware sees its request as well, and none that is pushed', async () => {
    const observe = httpServerObserver(metrics.getMeterProvider());
    const measure = requestMetrics();
    const plain = createHttp2Server((request, response) =>
      measure(request as never, response as never, () => {
        response.stream.pushStream({ ':path': '/pushed' }, (_error, pushed) => {
          observe({ stream: pushed, headers: {} });
          pushed.respond();
          pushed.end();
        });
        response.writeHead(202).end();
      }),
    );
    // As newer Nodes publish it: before the request.
    plain.prependListener('stream', (stream, headers) => observe({ stream, headers }));
    await once(plain.listen(0, '127.0.0.1'), 'listening');
    const before = await total();
    const session = connectHttp2(`http://127.0.0.1:${(plain.address() as AddressInfo).port}`);
    session.on('stream', (pushed) => pushed.resume());
    const stream = session.request({ ':path': '/alice', ':method': 'PATCH' });
    await once(stream.resume().end(), 'close');
    await expect
      .poll(async () => (await points()).find(([{ 'http.request.method': method }]) => method === 'PATCH')?.slice(0, 2))
      .toEqual([labels('PATCH', 202), 1]);
    const closed = once(session, 'close');
    session.close();
    await closed;
    expect(await total()).toBe(before + 1);
    plain.close();
  });

  it('call an unknown method other', async () => {
    await fetch(`${url}/users/1`, { method: 'PROPFIND' });
    await expect
      .poll(async () => (await points()).map(([attributes]) => attributes['http.request.method']))
      .toContain('other');
  });
});

async function total(): Promise<number> {
  return (await points()).reduce((sum, [, value]) => sum + value, 0);
}

/** Requests that were aborted. */
async function aborted(): Promise<number> {
  return (await points())
    .filter(([attributes]) => attributes['error.type'] === 'aborted')
    .reduce((sum, [, value]) => sum + value, 0);
}

async function count(route: string): Promise<number> {
  return (await points())
    .filter(([attributes]) => attributes['http.route'] === route)
    .reduce((sum, [, value]) => sum + value, 0);
}
