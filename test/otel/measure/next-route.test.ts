// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import getPort from 'get-port';
import { describe, expect, it } from 'vitest';
import { routeOf } from '../../../otel/src/measure/route.ts';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { builtNext, nextApplication } from '../helpers/installed.ts';
import { type Preloaded, preload, run } from '../helpers/preloaded.ts';

const [collector, built] = await Promise.all([collectorOfFile(), builtNext()]);
const folder = folderOfFile();

interface Service extends Preloaded {
  get(path: string): Promise<Response>;
  /** `route status` of what it has counted. */
  counts(): Promise<string[]>;
}

/** Starts a server, and waits until it answers. */
async function serve(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const instance = randomUUID();
  const port = await getPort();
  const service = run(
    args,
    {
      NODE_OPTIONS: `--require ${preload}`,
      NODE_ENV: 'production',
      PORT: String(port),
      // Next takes 127.0.0.1 for another host than its own: where middleware leads, it would ask itself by HTTP.
      HOSTNAME: 'localhost',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
      ...env,
    },
    cwd,
  );
  const get = (path: string) => fetch(`http://localhost:${port}${path}`, { redirect: 'manual' });
  const status = () =>
    get('/').then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(status).toBe(200);
  return {
    ...service,
    get,
    counts: async () => {
      const { body } = await collector.scrape('suna');
      return body
        .split('\n')
        .filter((line) => line.startsWith('http_server_request_duration_seconds_count') && line.includes(instance))
        .map((line) => `${/http_route="([^"]+)"/.exec(line)?.[1]} ${/status_code="(\d+)"/.exec(line)?.[1]}`)
        .sort();
    },
  };
}

/** A URL of each kind with what it counts as, which is the same however Next is started. `http.route` takes 12 values. */
const pages: [path: string, counted: string][] = [
  ['/users/me', '/users/me 200'],
  ['/users/7?q=1', '/users/[id] 200'],
  ['/users/alice@example.com', '/users/[id] 200'],
  ['/api/items/9', '/api/items/[id] 200'],
  ['/docs/a/b', '/docs/[...slug] 200'],
  ['/old/3', '/users/[id] 200'],
  ['/moved/3', '/moved/:id 307'],
  ['/nope', 'undefined 404'],
  ['/robots.txt', 'undefined 200'],
];
const middlewareAndErrors: typeof pages = [
  ['/about', '/[locale]/about 200'],
  ['/v1/items/9', '/api/items/[id] 200'],
  ['/v1/nothing/9', 'undefined 404'],
  ['/users/blocked', 'undefined 403'],
  ['/legacy/1', '/legacy/[id] 200'],
  ['/legacy/bad', '/legacy/[id] 500'],
  ['/legacy/gone', 'undefined 404'],
  ['/elsewhere/3', '/elsewhere/:id 500'],
  ['/_next/static/nothing.js', 'undefined 404'],
];

async function requestAll({ get }: Service, all: typeof pages): Promise<string[]> {
  const page = await (await get('/')).text();
  const [asset = ''] = /\/_next\/static\/[^"\\]+\.js/.exec(page) ?? [];
  for (const path of [asset, ...all.map(([path]) => path)]) {
    await get(path).then((answer) => answer.arrayBuffer());
  }
  return sorted(['/ 200', '/_next/static/* 200', ...all.map(([, counted]) => counted)]);
}

const sorted = (counts: readonly string[]): string[] => [...new Set(counts)].sort();

describe('Next.js with the preload', () => {
  it('was built without one export, though `next build` runs for half a minute', () => {
    expect(built.exports).toBe(0);
  });

  it.each([
    ['pages by template, the files of the build under one, and no route for what nobody serves', pages],
    [
      'page wherever middleware leads, also when it fails, and no route for an answer without a page',
      middlewareAndErrors,
    ],
  ])('has as a standalone server its %s', async (_what, requests) => {
    const service = await serve(['server.js'], built.standalone);
    const expected = await requestAll(service, requests);
    // Not by the last export, which ends early on a busy machine.
    await expect.poll(service.counts).toEqual(expected);
    service.child.kill();
    await service.ended;
    expect((await collector.scrape('suna')).body).not.toContain('alice');
  });

  it('has the same behind Express, whose route for all of them says nothing', async () => {
    const app = await nextApplication(folder, built.app, ['next-behind-express.cjs']);
    const service = await serve(['next-behind-express.cjs'], app);
    await service.get('/healthz');
    const expected = await requestAll(service, middlewareAndErrors);
    await expect.poll(service.counts).toEqual(sorted([...expected, '/healthz 200']));
    service.child.kill();
    await service.ended;
  });
});

describe('the route of what Next says of a request', () => {
  const routeFor = (meta: object, status = 200): string | undefined => {
    const request = { url: '/alice', route: { path: '*' }, [Symbol.for('NextInternalRequestMeta')]: meta };
    return routeOf(request as unknown as IncomingMessage, status);
  };

  it('is the page, as Next 13 calls it or later ones do', () => {
    const match = { definition: { pathname: '/users/[id]' } };
    expect([routeFor({ match }), routeFor({ _nextMatch: match })]).toEqual(['/users/[id]', '/users/[id]']);
  });

  it.each([
    [{}, 200],
    [{ match: null }, 200],
    [{ match: { definition: { pathname: '/_not-found' } }, invokeStatus: 404, initURL: 'http://x/alice' }, 404],
    [{ match: { definition: { pathname: '/_error' } }, invokeOutput: '/alice' }, 500],
    [{ invokeOutput: '', initURL: 'http://x/alice' }, 403],
    [{ invokeOutput: '/alice', relativeProjectDir: 7 }, 200],
  ])('is none for %j', (meta, status) => {
    expect(routeFor(meta, status)).toBeUndefined();
  });
});
