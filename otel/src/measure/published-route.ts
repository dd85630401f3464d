// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { readOwn } from './read.ts';

/**
 * Where a request carries the template of its route. On the global registry: where a framework publishes nothing it matched, a line in
 * the application puts it here.
 */
const published: unique symbol = Symbol.for('onyx.route') as never;

interface Published {
  [published]?: unknown;
}

/** The template that a request, or an HTTP/2 stream, carries. */
export function publishedRoute(request: object): string | undefined {
  const route = readOwn(request as Published, published);
  return typeof route === 'string' && route !== '' ? route : undefined;
}

interface FastifyRequest {
  readonly raw?: (IncomingMessage | Http2ServerRequest) & Published;
  /** `url` is the whole template, prefixes included; nothing where no route matched. */
  readonly routeOptions?: { readonly url?: unknown };
  /** The same before version 4.10. */
  readonly routerPath?: unknown;
}

/** What Fastify publishes when an application is made, from version 3 on. */
interface FastifyCreated {
  readonly fastify: {
    addHook(name: 'onResponse', hook: (request: FastifyRequest, reply: unknown, done: () => void) => void): unknown;
  };
}

/** What Fastify publishes before it calls the handler of a route, from version 5 on. */
interface FastifyHandles {
  readonly request?: FastifyRequest;
  readonly route?: { readonly url?: unknown };
}

/**
 * Has the requests of Fastify carry their routes: from the handler on where it publishes that, from the answer on everywhere. Not by a hook
 * that runs before the application's own: their errors would show it in their stacks.
 */
export function followFastify(): void {
  subscribe('fastify.initialization', (message) => {
    try {
      (message as FastifyCreated).fastify.addHook('onResponse', (request, _reply, done) => {
        carry(request, 'routeOptions' in request ? request.routeOptions?.url : request.routerPath);
        done();
      });
    } catch {
      // A version to come that has no such hook has no such routes.
    }
  });
  subscribe('tracing:fastify.request.handler:start', (message) => {
    const { request, route } = message as FastifyHandles;
    carry(request, route?.url);
  });
}

function carry(request: FastifyRequest | undefined, route: unknown): void {
  const raw = request?.raw;
  if (raw === undefined) return;
  raw[published] = route;
  // An HTTP/2 request is measured by its stream.
  if ('stream' in raw && raw.stream) (raw.stream as Published)[published] = route;
}
