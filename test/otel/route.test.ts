// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express5, { type Express } from 'express';
import { describe, expect, it } from 'vitest';
import { routeOf } from '../../otel/src/route.ts';
import { installed } from './installed.ts';

const express4: typeof express5 = createRequire(join(await installed('express@4.21.2'), 'package.json'))('express');

/** The route of a request to `path`, read when its answer is closed, as the preload does. */
async function routeFor(app: Express, path: string): Promise<string | undefined> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const closed = new Promise<IncomingMessage>((resolve) => {
      server.once('request', (request, response) => response.once('close', () => resolve(request)));
    });
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.arrayBuffer());
    return routeOf(await closed);
  } finally {
    server.close();
  }
}

function application(express: typeof express5): Express {
  const app = express().disable('x-powered-by');
  const users = express.Router({ mergeParams: true });
  users.get('/', (_request, response) => void response.send());
  users.get('/:id', (_request, response) => void response.send());
  const versioned = express.Router();
  versioned.use('/tenants/:tenant/users', users);
  app.get('/', (_request, response) => void response.send());
  app.get('/items/:id', (_request, response) => void response.send());
  app.get(/^\/files\/(.+)$/, (_request, response) => void response.send());
  app.get(['/a', '/b'], (_request, response) => void response.send());
  app.use('/api/:version', versioned);
  app.use('/plain', users);
  app.use((_request, response) => void response.status(404).send());
  return app;
}

describe.each([
  ['4.21', express4],
  ['5.3', express5],
])('the route of a request, Express %s,', (_version, express) => {
  it.each([
    ['/', '/'],
    ['/items/7?token=secret', '/items/:id'],
    ['/files/home/alice', '/^\\/files\\/(.+)$/'],
    ['/b', '/a,/b'],
    ['/plain/7', '/plain/:id'],
    ['/plain', '/plain'],
    ['/api/v2/tenants/acme/users/alice', '/api/:version/tenants/:tenant/users/:id'],
    ['/api/v2/tenants/acme/users', '/api/:version/tenants/:tenant/users'],
    ['/api/a%20b/tenants/x/users/7', '/api/:version/tenants/:tenant/users/:id'],
  ])('of %s is %s', async (path, route) => {
    expect(await routeFor(application(express), path)).toBe(route);
  });

  it('is none for a path nobody serves, so that scanners make no series', async () => {
    expect(await routeFor(application(express), '/wp-login.php')).toBeUndefined();
  });

  it('names both places of a router that is mounted twice', async () => {
    const app = application(express);
    expect(await routeFor(app, '/plain/1')).toBe('/plain/:id');
    expect(await routeFor(app, '/api/v1/tenants/t/users/1')).toBe('/api/:version/tenants/:tenant/users/:id');
    expect(await routeFor(app, '/plain/2')).toBe('/plain/:id');
  });
});

it.each([
  ['4.21', express4, '/files/*', [undefined, undefined, undefined]],
  ['5.3', express5, '/files/*path', ['/^\\/people\\/\\w+/', '/^\\/people\\/\\w+//:id', '/files/*path']],
])('below a router mounted by a pattern, Express %s, no route is a path', async (_version, express, files, routes) => {
  const app = express();
  for (const path of [/^\/people\/\w+/, files]) {
    const router = express.Router();
    for (const own of ['/', '/:id']) router.get(own, (_request, response) => void response.send());
    app.use(path, router);
  }
  const found = [];
  for (const path of ['/people/alice', '/people/alice/7', '/files/alice/b']) found.push(await routeFor(app, path));
  expect(found).toEqual(routes);
});
