// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import getPort from 'get-port';
import { vi } from 'vitest';
import type { Collector } from '../../collector/helpers/collector.ts';
import { run } from './service.ts';
import type { Words } from './versions.ts';

/** A framework on a server that a test runs with the preload, and a cell of the table in docs/guides/python.md. */
export interface Served {
  /** The package, `none` for an application of no framework. */
  readonly framework: string;
  /** The package of the server, and how it is started. */
  readonly server: string;
  readonly how?: string;
  /** After `python -m`; PORT is replaced. */
  readonly command: string;
  /** How many processes serve. */
  readonly workers?: number;
  /** The route of a router within another one, which is reached at `/v1/outer`. */
  readonly nested?: string;
  /** It runs on each version of Python. */
  readonly everywhere?: true;
}

const nested = '/v1/outer/items/{item}';
const gunicorn = (application: string, options: string) =>
  `gunicorn ${application} --bind 127.0.0.1:PORT --workers 2 ${options}`;

export const served: readonly Served[] = [
  {
    framework: 'FastAPI',
    server: 'uvicorn',
    command: 'uvicorn fastapi_app:app --port PORT',
    nested,
    everywhere: true,
  },
  {
    framework: 'FastAPI',
    server: 'uvicorn',
    how: '`--workers`',
    command: 'uvicorn fastapi_app:app --port PORT --workers 2',
    workers: 2,
  },
  {
    framework: 'FastAPI',
    server: 'gunicorn',
    how: 'workers of uvicorn',
    command: gunicorn('fastapi_app:app', '--worker-class uvicorn_worker.UvicornWorker'),
    workers: 2,
  },
  {
    framework: 'FastAPI',
    server: 'hypercorn',
    command: 'hypercorn fastapi_app:app --bind 127.0.0.1:PORT --workers 2',
    workers: 2,
    nested,
  },
  { framework: 'Starlette', server: 'uvicorn', command: 'uvicorn starlette_app:app --port PORT', everywhere: true },
  { framework: 'Litestar', server: 'uvicorn', command: 'uvicorn litestar_app:app --port PORT', everywhere: true },
  {
    framework: 'Django',
    server: 'uvicorn',
    how: 'ASGI',
    command: 'uvicorn django_app:app --port PORT',
    everywhere: true,
  },
  {
    framework: 'Django',
    server: 'gunicorn',
    how: '`--preload`',
    command: gunicorn('django_app:application', '--preload'),
    workers: 2,
    everywhere: true,
  },
  {
    framework: 'Flask',
    server: 'gunicorn',
    command: gunicorn('flask_app:app', '--worker-class sync'),
    workers: 2,
    everywhere: true,
  },
  {
    framework: 'Flask',
    server: 'gunicorn',
    how: 'threads',
    command: gunicorn('flask_app:app', '--threads 4'),
    workers: 2,
  },
  {
    framework: 'Flask',
    server: 'gunicorn',
    how: 'gevent',
    command: gunicorn('flask_app:app', '--preload --worker-class gevent'),
    workers: 2,
  },
  { framework: 'Flask', server: 'waitress', command: 'waitress --port=PORT flask_app:app' },
  { framework: 'Flask', server: 'werkzeug', command: 'flask --app flask_app:app run --port PORT' },
  { framework: 'none', server: 'gunicorn', command: 'gunicorn wsgi_app:app --bind 127.0.0.1:PORT' },
  { framework: 'none', server: 'hypercorn', command: 'hypercorn wsgi:wsgi_app:app --bind 127.0.0.1:PORT' },
  { framework: 'none', server: 'waitress', command: 'waitress --port=PORT wsgi_app:app' },
];

export function nameOf({ framework, server, how = '' }: Served): string {
  return `${framework === 'none' ? 'an application of no framework' : framework} on ${server} ${how}`.trim();
}

export interface Answered {
  /** What the client of the test was answered, by route and status. */
  readonly ledger: Readonly<Record<string, number>>;
  readonly output: string;
}

/** Has `python` serve it, asks for each of its routes and for some that are none, and tells it to end. */
export async function serve(
  [program, ...words]: Words,
  { framework, command, nested: inner }: Served,
  env: Readonly<Record<string, string>>,
): Promise<Answered> {
  const port = await getPort();
  // They export once a minute, so all of it arrives when they are told to end.
  const service = run(program, [...words, '-m', ...command.replaceAll('PORT', String(port)).split(' ')], {
    ...env,
    OTEL_METRIC_EXPORT_INTERVAL: '60000',
  });
  const ledger: Record<string, number> = {};
  const ask = async (path: string, route: string): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    await answer.text();
    const key = `${framework === 'none' ? 'none' : route} ${answer.status}`;
    ledger[key] = (ledger[key] ?? 0) + 1;
  };
  try {
    await vi.waitFor(() => ask('/items/0', '/items/{item}'), { timeout: 60_000, interval: 100 });
    for (let item = 0; item < 20; item++) await ask(`/items/${item}`, '/items/{item}');
    for (let item = 0; item < 5; item++) await ask(`/mounted/items/${item}`, '/mounted/items/{item}');
    for (let times = 0; times < 3; times++) await ask('/fail', '/fail');
    if (inner) await ask('/v1/outer/items/1', inner);
    for (const path of ['/not/there', '/ann@example.com']) await ask(path, 'none');
  } finally {
    service.child.kill('SIGTERM');
  }
  return { ledger, output: (await service.ended).output };
}

/** Requests by route and status, and how many processes sent them, as the collector has them. */
export async function counted(
  collector: Collector,
  job: string,
): Promise<{ requests: Record<string, number>; instances: number }> {
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
