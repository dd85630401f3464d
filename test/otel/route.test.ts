import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, Router } from 'express';
import { describe, expect, it } from 'vitest';
import { routeOf } from '../../otel/src/route.ts';

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

function application(): Express {
  const app = express().disable('x-powered-by');
  const users = Router({ mergeParams: true });
  users.get('/', (_request, response) => void response.send());
  users.get('/:id', (_request, response) => void response.send());
  const versioned = Router();
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

describe('the route of a request', () => {
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
    expect(await routeFor(application(), path)).toBe(route);
  });

  it('is none for a path nobody serves, so that scanners make no series', async () => {
    expect(await routeFor(application(), '/wp-login.php')).toBeUndefined();
  });

  it('names both places of a router that is mounted twice', async () => {
    const app = application();
    expect(await routeFor(app, '/plain/1')).toBe('/plain/:id');
    expect(await routeFor(app, '/api/v1/tenants/t/users/1')).toBe('/api/:version/tenants/:tenant/users/:id');
    expect(await routeFor(app, '/plain/2')).toBe('/plain/:id');
  });
});
