// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextRoutes } from '../../otel/src/next-routes.ts';
import { type Collector, startCollector } from '../collector/collector.ts';
import { nextServer } from './installed.ts';
import { preload, run } from './preloaded.ts';

describe('a standalone Next.js server with the preload', () => {
  let collector: Collector;
  let built: string;
  beforeAll(async () => {
    [collector, built] = await Promise.all([startCollector(), nextServer()]);
  }, 600_000);
  afterAll(() => collector?.stop());

  it('was built without one export, though `next build` runs for half a minute', () => {
    expect(readFileSync(join(built, 'exports'), 'utf8')).toBe('0');
  });

  it('has its routes by template, the files of the build under one, and what nobody serves under none', async () => {
    const instance = randomUUID();
    const port = String(await getPort());
    const service = run(
      ['server.js'],
      {
        NODE_OPTIONS: `--require ${preload}`,
        PORT: port,
        HOSTNAME: '127.0.0.1',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
      },
      built,
    );
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' });
    await expect
      .poll(
        () =>
          get('/').then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 20_000 },
      )
      .toBe(200);
    const page = await (await get('/users/alice@example.com')).text();
    const [asset = ''] = /\/_next\/static\/[^"\\]+\.js/.exec(page) ?? [];
    for (const path of [
      '/users/me',
      '/users/7?q=1',
      '/api/items/9',
      '/docs/a/b',
      '/old/3',
      '/moved/3',
      asset,
      '/nope',
    ]) {
      await get(path).then((answer) => answer.arrayBuffer());
    }
    const counts = async () => {
      const { body } = await collector.scrape('suna');
      return body
        .split('\n')
        .filter((line) => line.startsWith('http_server_request_duration_seconds_count') && line.includes(instance))
        .map((line) => `${/http_route="([^"]+)"/.exec(line)?.[1]} ${/status_code="(\d+)"/.exec(line)?.[1]}`)
        .sort();
    };
    // Not by the last export, which gives up on a busy machine.
    await expect
      .poll(counts, { timeout: 20_000 })
      .toEqual([
        '/ 200',
        '/_next/static/* 200',
        '/api/items/[id] 200',
        '/docs/[...slug] 200',
        '/moved/:id 307',
        '/old/:id 200',
        '/users/[id] 200',
        '/users/me 200',
        'undefined 404',
      ]);
    service.child.kill();
    await service.ended;
    expect((await collector.scrape('suna')).body).not.toContain('alice');
  });
});

describe('the routes of a Next.js build', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'next-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The lookup of a build with this manifest. */
  function build(manifest: object): (url: string) => string | undefined {
    mkdirSync(join(folder, '.next'), { recursive: true });
    writeFileSync(join(folder, '.next/routes-manifest.json'), JSON.stringify(manifest));
    return nextRoutes(folder) ?? (() => 'no build');
  }
  const dynamicRoutes = [
    { page: '/posts/[id]', regex: '^/posts/([^/]+?)(?:/)?$' },
    { page: '/[...rest]', regex: '^/(.+?)(?:/)?$' },
  ];
  const staticRoutes = [{ page: '/posts/new', regex: '^/posts/new(?:/)?$' }];

  it('are tried in the order Next tries them when several match', () => {
    const route = build({ staticRoutes, dynamicRoutes });
    expect(['/posts/new', '/posts/7', '/posts/7/edit'].map(route)).toEqual(['/posts/new', '/posts/[id]', '/[...rest]']);
  });

  it('stand below the base path, without the locale', () => {
    const route = build({ basePath: '/shop', i18n: { locales: ['en', 'de'] }, staticRoutes, dynamicRoutes: [] });
    expect(['/shop/de/posts/new?x=1', '/shop/posts/new', '/posts/new', '/shopping'].map(route)).toEqual([
      '/shop/posts/new',
      '/shop/posts/new',
      undefined,
      undefined,
    ]);
  });

  it('leave out rules that a path alone cannot answer', () => {
    const redirects = [
      { source: '/:path+/', regex: '^(?:/(.+))/$', internal: true },
      { source: '/beta', regex: '^/beta$', has: [{ type: 'cookie', key: 'beta' }] },
    ];
    const route = build({ redirects, dynamicRoutes: [] });
    expect(['/x/', '/beta'].map(route)).toEqual([undefined, undefined]);
  });

  it('are none where nothing was built, or the manifest is not what it is expected to be', () => {
    expect(nextRoutes(join(folder, 'nowhere'))).toBeUndefined();
    mkdirSync(join(folder, 'broken/.next'), { recursive: true });
    const odd = [{ staticRoutes: null }, { rewrites: null }, { dynamicRoutes: [{ page: '/[id]', regex: '(' }] }];
    for (const manifest of ['{', 'null', ...odd.map((routes) => JSON.stringify(routes))]) {
      writeFileSync(join(folder, 'broken/.next/routes-manifest.json'), manifest);
      expect(nextRoutes(join(folder, 'broken'))).toBeUndefined();
    }
  });
});
