// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express5, { type ErrorRequestHandler, type Express, type Router } from 'express';
import { describe, expect, it } from 'vitest';
import { routeOf } from '../../../otel/src/measure/route.ts';
import { installed } from '../helpers/installed.ts';

type ExpressModule = typeof express5;

async function expressOf(...packages: readonly string[]): Promise<ExpressModule> {
  return createRequire(join(await installed(...packages), 'package.json'))('express');
}

const versions: [string, ExpressModule][] = [
  ['4.17', await expressOf('express@4.17.1')],
  ['4.21', await expressOf('express@4.21.2')],
  ['5.1', await expressOf('express@5.1.0', 'router@2.2.0')],
  ['5.3', express5],
];
const [express4] = versions.flatMap(([version, express]) => (version === '4.21' ? [express] : [])) as [ExpressModule];

/** The route of a request to `path`, read when its answer is closed, as the preload does. */
async function routeFor(app: RequestListener, path: string, method = 'GET'): Promise<string | undefined> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const closed = new Promise<IncomingMessage>((resolve) => {
      server.once('request', (request, response) => response.once('close', () => resolve(request)));
    });
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}${path}`, { method }).then((answer) => answer.arrayBuffer());
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

describe.each(versions)('the route of a request, Express %s,', (_version, express) => {
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

/** A router whose every answer is an error. */
function failing(express: ExpressModule, path: string | RegExp): Router {
  const router = express.Router({ mergeParams: true });
  router.all(path, (_request, _response, next) => next(new Error('as intended')));
  return router;
}

const answers500: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(500).send();

describe.each(versions)('the route of a request that ends in an error, Express %s,', (_version, express) => {
  it('is the whole one, and its first request is an error', async () => {
    const app = express();
    const inner = express.Router();
    inner.use('/:id', failing(express, '/edit'));
    app.use('/users', failing(express, '/:id'));
    app.use('/orders', failing(express, '/:id'));
    app.use('/tenants/:tenant', failing(express, '/'), inner);
    app.use(answers500);
    for (const id of ['1', '2']) {
      expect(await routeFor(app, `/users/${id}`)).toBe('/users/:id');
      expect(await routeFor(app, `/orders/${id}?x=/users/1`)).toBe('/orders/:id');
      expect(await routeFor(app, '/tenants/acme')).toBe('/tenants/:tenant');
      expect(await routeFor(app, `/tenants/acme/${id}/edit`)).toBe('/tenants/:tenant/:id/edit');
    }
  });

  it('is the whole one where a router in between answers, and where a parameter is at fault', async () => {
    const app = express();
    const api = express.Router();
    api.use('/users', failing(express, '/:id'), answers500);
    const items = express.Router();
    items.param('id', (_request, _response, next) => next(new Error('as intended')));
    items.get('/:id', (_request, response) => void response.send());
    app.use('/api', api);
    app.use('/items', items);
    app.use(answers500);
    expect(await routeFor(app, '/api/users/7')).toBe('/api/users/:id');
    expect(await routeFor(app, '/items/7')).toBe('/items/:id');
  });

  it('tells the places of a router that is mounted twice apart', async () => {
    const app = express();
    const shared = failing(express, '/:id');
    app.use('/v1/:tenant', shared);
    app.use('/v2/:tenant', shared);
    app.use(answers500);
    for (const version of ['v1', 'v2', 'v1']) {
      expect(await routeFor(app, `/${version}/acme/7`)).toBe(`/${version}/:tenant/:id`);
    }
  });

  it('is that of a mounted application, which the error leaves', async () => {
    const app = express();
    const admin = express();
    admin.use(failing(express, '/users/:id'));
    app.use(['/admin', '/t/:tenant'], admin);
    app.use(answers500);
    expect(await routeFor(app, '/admin/users/7')).toBe('/admin/users/:id');
    expect(await routeFor(app, '/t/acme/users/7')).toBe('/t/:tenant/users/:id');
  });

  it('is none where nothing says which routers of a mounted application led there, until one of its requests succeeds', async () => {
    const app = express();
    const admin = express();
    const users = express.Router();
    users.get('/:id', (request, response, next) =>
      request.params.id === '0' ? next(new Error('as intended')) : response.send(),
    );
    admin.use('/users', users);
    app.use('/admin', admin);
    app.use(answers500);
    expect(await routeFor(app, '/admin/users/0')).toBeUndefined();
    expect(await routeFor(app, '/admin/users/7')).toBe('/admin/users/:id');
    expect(await routeFor(app, '/admin/users/0')).toBe('/admin/users/:id');
  });
});

describe.each(versions)(
  'the route of an error that leaves an application with a parameter in its mount, Express %s,',
  (_version, express) => {
    it('stays known, however many of them there are', async () => {
      const app = express();
      const tenants = express();
      const users = express.Router();
      users.get('/:id', (request, response, next) =>
        request.params.id === '0' ? next(new Error('as intended')) : response.send(),
      );
      tenants.use('/users', users);
      app.use(['/t/:tenant', '/tenants/:tenant'], tenants);
      app.use(answers500);
      expect(await routeFor(app, '/t/acme/users/7')).toBe('/t/:tenant/users/:id');
      for (const tenant of ['a', 'b', 'a']) {
        expect(await routeFor(app, `/t/${tenant}/users/0`)).toBe('/t/:tenant/users/:id');
        expect(await routeFor(app, `/tenants/${tenant}/users/0`)).toBe('/tenants/:tenant/users/:id');
      }
    });
  },
);

describe.each(versions)('the route of a mounted application, Express %s,', (_version, express) => {
  const answering = (): Express => {
    const app = express();
    app.get('/users/:id', (_request, response) => void response.send());
    app.get('/', (_request, response) => void response.send());
    return app;
  };

  it('begins with what it is mounted at, however deep', async () => {
    const app = express();
    const outer = express();
    const router = express.Router();
    outer.use('/:section', answering());
    router.use('/admin', outer);
    app.use('/other', answering());
    app.use('/api', router);
    app.use('/plain', answering());
    expect(await routeFor(app, '/plain/users/7')).toBe('/plain/users/:id');
    expect(await routeFor(app, '/other')).toBe('/other');
    expect(await routeFor(app, '/plain')).toBe('/plain');
    const direct = express();
    direct.use('/admin', outer);
    expect(await routeFor(direct, '/admin/people/users/7')).toBe('/admin/:section/users/:id');
    expect(await routeFor(direct, '/admin/people')).toBe('/admin/:section');
  });

  it('begins with what a router uses it at, where the server calls the application around that', async () => {
    const app = express();
    const outer = express();
    outer.use('/:section', answering());
    outer.get('/files/:name', (_request, response) => void response.send());
    app.use('/api', express.Router().use('/admin', outer));
    app.use('/other', answering());
    for (const id of ['7', '8']) {
      expect(await routeFor(app, `/api/admin/files/${id}`)).toBe('/api/admin/files/:name');
      expect(await routeFor(app, `/api/admin/people/users/${id}`)).toBe('/api/admin/:section/users/:id');
    }
  });

  it('tells two places of one application apart, and two applications of one place', async () => {
    const app = express();
    const twice = answering();
    const second = express();
    second.get('/orders/:id', (_request, response) => void response.send());
    app.use('/v1', twice);
    app.use('/v2', twice);
    app.use('/v2', second);
    for (const [path, route] of [
      ['/v1/users/7', '/v1/users/:id'],
      ['/v2/users/7', '/v2/users/:id'],
      ['/v2/orders/7', '/v2/orders/:id'],
      ['/v1/users/8', '/v1/users/:id'],
    ] as const) {
      expect(await routeFor(app, path)).toBe(route);
    }
  });

  it('follows an application that is its own server as well', async () => {
    const app = express();
    const admin = answering();
    expect(await routeFor(admin, '/users/7')).toBe('/users/:id');
    app.use('/admin', admin);
    expect(await routeFor(app, '/admin/users/7')).toBe('/admin/users/:id');
  });
});

it('is the same where express-async-errors wraps every function of Express', async () => {
  const folder = await installed('express@4.21.2', 'express-async-errors@3.1.1');
  const load = createRequire(join(folder, 'package.json'));
  load('express-async-errors');
  const express: ExpressModule = load('express');
  const app = express();
  const admin = express();
  admin.get('/users/:id', async (_request, response) => void response.send());
  admin.use(
    '/items',
    express.Router().get('/:id', async (_request, response) => void response.send()),
  );
  admin.get('/fails/:id', async () => Promise.reject(new Error('as intended')));
  app.use('/admin', admin);
  app.use(((_error, _request, response, _next) => void response.status(500).send()) as ErrorRequestHandler);
  expect(await routeFor(app, '/admin/users/7')).toBe('/admin/users/:id');
  expect(await routeFor(app, '/admin/items/7')).toBe('/admin/items/:id');
  expect(await routeFor(app, '/admin/fails/7')).toBe('/admin/fails/:id');
});

describe.each(versions)('the pattern of a mount, Express %s,', (version, express) => {
  const mounted = (...paths: (string | string[])[]): Express => {
    const app = express();
    for (const path of paths) {
      const router = express.Router();
      router.get('/:id', (_request, response) => void response.send());
      app.use(path, router);
    }
    return app;
  };

  it('has each parameter by its name, though values repeat each other or a word', async () => {
    const app = mounted('/orgs/:org/users/:user');
    expect(await routeFor(app, '/orgs/users/users/users/7')).toBe('/orgs/:org/users/:user/:id');
    expect(await routeFor(app, '/orgs/a/users/a/7')).toBe('/orgs/:org/users/:user/:id');
  });

  it('is one for all spellings of a URL, which the client chooses', async () => {
    const app = mounted('/people');
    const found = new Set<unknown>();
    for (const path of ['/PEOPLE/7', '/people/7', '/People/7?x', '/people/7/']) found.add(await routeFor(app, path));
    expect([...found]).toEqual(['/people/:id']);
  });

  it('is that of several which took the request', async () => {
    const app = mounted(['/v1/:tenant', '/v2']);
    for (const [path, route] of [
      ['/v2/7', '/v2/:id'],
      ['/v1/acme/7', '/v1/:tenant/:id'],
      ['/v2/8', '/v2/:id'],
    ] as const) {
      expect(await routeFor(app, path)).toBe(route);
    }
  });

  it('never holds a value, or there is no route', async () => {
    const app = mounted(version < '5' ? '/v:major/:lang(en|de)?' : '/v:major{/:lang}', '/x-:name');
    for (const path of ['/v27/en/alice', '/v27/alice', '/x-alice/7']) {
      expect((await routeFor(app, path)) ?? '').not.toMatch(/27|alice/);
    }
  });

  it('holds for a router that is mounted again, later', async () => {
    const app = express();
    const router = express.Router();
    router.get('/:id', (_request, response) => void response.send());
    app.use('/one', router);
    expect(await routeFor(app, '/one/7')).toBe('/one/:id');
    app.use('/two', router);
    expect(await routeFor(app, '/two/7')).toBe('/two/:id');
    expect(await routeFor(app, '/one/7')).toBe('/one/:id');
  });
});

describe.each(versions)('beside its routes an application of Express %s', (_version, express) => {
  it('names a route for every method it has there, and a URL that was rewritten', async () => {
    const app = express();
    app.use('/old', (request, _response, next) => {
      request.url = `/new${request.url}`;
      next();
    });
    const router = express.Router();
    router
      .route('/:id')
      .get((request, response) => {
        request.url = '/elsewhere';
        response.send();
      })
      .post((_request, response) => void response.send());
    app.use('/items', router);
    app.use('/old', express.Router().use('/new', router));
    for (const method of ['GET', 'POST', 'HEAD']) expect(await routeFor(app, '/items/7', method)).toBe('/items/:id');
    expect(await routeFor(app, '/old/7')).toBe('/old/new/:id');
    expect(await routeFor(app, '/items/7')).toBe('/items/:id');
  });

  it('has none for what answers before a route, for a method that no route has, and for a URL that cannot be read', async () => {
    const app = express();
    app.use('/private', (_request, response) => void response.status(401).send());
    app.get('/private/:id', (_request, response) => void response.send());
    app.get('/items/:id', (_request, response) => void response.send());
    app.use(answers500);
    expect(await routeFor(app, '/private/7')).toBeUndefined();
    expect(await routeFor(app, '/items/7', 'OPTIONS')).toBeUndefined();
    expect(await routeFor(app, '/items/7', 'DELETE')).toBeUndefined();
    expect(await routeFor(app, '/items/%zz')).toBeUndefined();
  });
});

it.each([null, 7, 'x', { path: 7 }, { path: '/x' }])(
  'a request with a route of %j is counted, whoever set that',
  (route) => {
    const app = {
      get router() {
        throw new Error('as intended');
      },
    };
    expect(routeOf({ url: '/x', route, app } as unknown as IncomingMessage)).toBeUndefined();
  },
);

describe('a bare router without an application', () => {
  it('names its routes, and those of a router in it until an error leaves it', async () => {
    const { Router } = express5;
    const router = Router();
    router.get('/items/:id', (_request, response) => void response.end());
    router.use('/users', failing(express5, '/:id'));
    const serve: RequestListener = (request, response) =>
      router(request as never, response as never, () => response.writeHead(500).end());
    expect(await routeFor(serve, '/items/7')).toBe('/items/:id');
    expect(await routeFor(serve, '/users/7')).toBeUndefined();
  });
});

it.each([
  ['4.21', express4, '/files/*', ['/^\\/people\\/\\w+/', '/^\\/people\\/\\w+//:id', undefined]],
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
