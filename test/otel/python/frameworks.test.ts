// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Collector, startCollector } from '../../collector/helpers/collector.ts';
import { frameworksPython, preload } from './python.ts';
import { attached, run } from './service.ts';

/*
 * Each framework on each server that serves it, as real processes that know nothing of metrics, compared with what the client of this
 * test was answered. They export once a minute, so all of it arrives when they are told to end.
 */

interface Served {
  readonly what: string;
  /** After `python -m`; PORT is replaced. */
  readonly command: string;
  /** How many processes serve. */
  readonly workers?: number;
  /** The route of a router within another one, which is reached at `/v1/outer`. */
  readonly nested?: string;
  /** No framework, no routes. */
  readonly unrouted?: true;
}

const served: readonly Served[] = [
  {
    what: 'FastAPI on uvicorn',
    command: 'uvicorn fastapi_app:app --port PORT',
    nested: '/v1/outer/items/{item}',
  },
  { what: 'FastAPI on two workers of uvicorn', command: 'uvicorn fastapi_app:app --port PORT --workers 2', workers: 2 },
  {
    what: "FastAPI on gunicorn with uvicorn's workers",
    command: 'gunicorn fastapi_app:app --bind 127.0.0.1:PORT --workers 2 --worker-class uvicorn_worker.UvicornWorker',
    workers: 2,
  },
  { what: 'Starlette on uvicorn', command: 'uvicorn starlette_app:app --port PORT' },
  { what: 'Litestar on uvicorn', command: 'uvicorn litestar_app:app --port PORT' },
  { what: 'Django by ASGI on uvicorn', command: 'uvicorn django_app:app --port PORT' },
  {
    what: 'Django by WSGI on gunicorn, loaded before it forks',
    command: 'gunicorn django_app:application --bind 127.0.0.1:PORT --workers 2 --preload',
    workers: 2,
  },
  { what: 'Flask on gunicorn', command: 'gunicorn flask_app:app --bind 127.0.0.1:PORT --workers 2', workers: 2 },
  { what: "Flask on gunicorn's threads", command: 'gunicorn flask_app:app --bind 127.0.0.1:PORT --threads 4' },
  { what: "Flask on werkzeug's server", command: 'flask --app flask_app:app run --port PORT' },
  {
    what: 'an application of no framework on gunicorn',
    command: 'gunicorn wsgi_app:app --bind 127.0.0.1:PORT',
    unrouted: true,
  },
];

/** Opens a WebSocket and has a word come back by it. https://www.rfc-editor.org/rfc/rfc6455 */
async function openSocket(port: number, path: string): Promise<Socket> {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const asked = request({ port, path, headers: { ...headers, 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' } }).end();
  const [, socket] = (await once(asked, 'upgrade')) as [unknown, Socket];
  // Text of four bytes, under a mask of zeros.
  socket.write(Buffer.from([0x81, 0x84, 0, 0, 0, 0, ...Buffer.from('echo')]));
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('echo');
  return socket;
}

let collector: Collector;
let python: string;
let folder: string;
beforeAll(async () => {
  [collector, python, folder] = await Promise.all([startCollector(), frameworksPython(), preload()]);
}, 300_000);
afterAll(async () => void (await collector?.stop()));

/** Requests by route and status, and how many processes sent them, as the collector has them. */
async function counted(job: string): Promise<{ requests: Record<string, number>; instances: number }> {
  const { body } = await collector.scrape('apps');
  const requests: Record<string, number> = {};
  const instances = new Set<string>();
  for (const line of body.split('\n')) {
    if (!line.includes(`job="${job}"`)) continue;
    const label = (name: string) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1];
    if (label('instance')) instances.add(label('instance') ?? '');
    if (!line.startsWith('http_server_request_duration_seconds_count')) continue;
    const key = `${label('http_route') ?? 'none'} ${label('http_response_status_code')}`;
    requests[key] = (requests[key] ?? 0) + Number(line.split(' ').at(-1));
  }
  return { requests, instances: instances.size };
}

describe('a Python service that is attached and nothing else', { timeout: 120_000 }, () => {
  test.each(served.map((each, index) => ({ ...each, job: `python-${index}` })))(
    '$what: every request arrives once, by the template of its route',
    async ({ command, workers = 1, nested, unrouted, job }) => {
      const port = await getPort();
      const service = run(python, ['-m', ...command.replaceAll('PORT', String(port)).split(' ')], {
        ...attached(folder, job, collector.otlp),
        OTEL_METRIC_EXPORT_INTERVAL: '60000',
      });
      const ledger: Record<string, number> = {};
      const ask = async (path: string, route: string): Promise<void> => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
        await answer.text();
        const key = `${unrouted ? 'none' : route} ${answer.status}`;
        ledger[key] = (ledger[key] ?? 0) + 1;
      };
      try {
        await vi.waitFor(() => ask('/items/0', '/items/{item}'), { timeout: 60_000, interval: 100 });
        for (let item = 0; item < 20; item++) await ask(`/items/${item}`, '/items/{item}');
        for (let item = 0; item < 5; item++) await ask(`/mounted/items/${item}`, '/mounted/items/{item}');
        for (let times = 0; times < 3; times++) await ask('/fail', '/fail');
        if (nested) await ask('/v1/outer/items/1', nested);
        for (const path of ['/not/there', '/ann@example.com']) await ask(path, 'none');
      } finally {
        service.child.kill('SIGTERM');
      }
      const { output } = await service.ended;
      expect(output).not.toMatch(/^onyx_metrics: /m);
      expect(Object.values(ledger).reduce((sum, count) => sum + count)).toBe(nested ? 32 : 31);
      const { requests, instances } = await counted(job);
      expect(requests).toEqual(ledger);
      // A supervisor that serves nothing is no instance of the service; a worker may not have started when all was asked.
      expect(instances).toBeGreaterThanOrEqual(1);
      expect(instances).toBeLessThanOrEqual(workers);
    },
  );

  test.each(['fastapi_app', 'starlette_app'])(
    'has no request of a WebSocket of %s, open for as long as it may be',
    async (app) => {
      const port = await getPort();
      const job = `sockets-${app.replace('_app', '')}`;
      const service = run(python, ['-m', 'uvicorn', `${app}:app`, '--port', String(port)], {
        ...attached(folder, job, collector.otlp),
        OTEL_METRIC_EXPORT_INTERVAL: '200',
      });
      const ask = async () => expect((await fetch(`http://127.0.0.1:${port}/items/1`)).status).toBe(200);
      try {
        await service.written(/Uvicorn running/);
        const socket = await openSocket(port, '/socket/1');
        // What is exported once this has arrived was measured with the socket open.
        await ask();
        await expect.poll(() => counted(job)).toMatchObject({ requests: { '/items/{item} 200': 1 } });
        const { body } = await collector.scrape('apps');
        const own = body.split('\n').filter((line) => line.includes(`job="${job}"`));
        expect(own.filter((line) => line.startsWith('http_server_active_requests'))).toEqual([
          expect.stringMatching(/ 0$/),
        ]);
        socket.destroy();
        await ask();
      } finally {
        service.child.kill('SIGTERM');
      }
      expect((await service.ended).output).not.toMatch(/^onyx_metrics: /m);
      expect((await counted(job)).requests).toEqual({ '/items/{item} 200': 2 });
    },
  );
});
