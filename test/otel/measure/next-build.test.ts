// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextBuild } from '../../../otel/src/measure/next-build.ts';

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
    return nextBuild(folder)?.ofUrl ?? (() => 'no build');
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

  it('are, where no page answers, those of files, redirects and other servers, below the base path and without the locale', () => {
    const internal = '/shop/:nextInternalLocale(en|de)';
    const folderOf = (rest: object) => {
      build({ basePath: '/shop', i18n: { locales: ['en', 'de'], defaultLocale: 'en' }, dynamicRoutes, ...rest });
      return nextBuild(folder)?.withoutPage ?? (() => 'no build');
    };
    const route = folderOf({
      redirects: [
        { source: '/shop/en/moved/:id', regex: '^(?!/shop/_next)/shop/en/moved(?:/([^/]+?))(?:/)?$' },
        { source: `${internal}/moved/:id`, regex: '^(?!/shop/_next)/shop(?:/(en|de))/moved(?:/([^/]+?))(?:/)?$' },
      ],
      rewrites: [
        { source: `${internal}/old/:id`, destination: '/shop/x', regex: '^/shop(?:/(en|de))/old(?:/([^/]+?))(?:/)?$' },
        {
          source: `${internal}/away/:id`,
          destination: 'https://example.com/:id',
          regex: '^/shop(?:/(en|de))/away(?:/([^/]+?))(?:/)?$',
        },
      ],
    });
    expect(
      [
        '/shop/moved/7',
        '/shop/de/moved/7',
        '/shop/de/away/7',
        '/shop/_next/static/a.js',
        '/shop/old/7',
        '/shop/posts/7',
      ]
        .concat('/moved/7')
        .map(route),
    ).toEqual(['/shop/moved/:id', '/shop/moved/:id', '/shop/away/:id', '/shop/_next/static/*', ...Array(3)]);
  });

  it.each([
    ['12.3.7', false],
    ['13.4.19', false],
    ['13.5.0', true],
    ['16.4.6', true],
  ])('are published on the request by Next %s: %s', (version, publishes) => {
    build({});
    const next = join(folder, 'node_modules/next');
    mkdirSync(next, { recursive: true });
    writeFileSync(join(next, 'package.json'), JSON.stringify({ version }));
    expect(nextBuild(folder)?.publishes).toBe(publishes);
  });

  it('are none where nothing was built, or the manifest is not what it is expected to be', () => {
    expect(nextBuild(join(folder, 'nowhere'))).toBeUndefined();
    mkdirSync(join(folder, 'broken/.next'), { recursive: true });
    const odd = [{ staticRoutes: null }, { rewrites: null }, { dynamicRoutes: [{ page: '/[id]', regex: '(' }] }];
    for (const manifest of ['{', 'null', ...odd.map((routes) => JSON.stringify(routes))]) {
      writeFileSync(join(folder, 'broken/.next/routes-manifest.json'), manifest);
      expect(nextBuild(join(folder, 'broken'))).toBeUndefined();
    }
  });
});
