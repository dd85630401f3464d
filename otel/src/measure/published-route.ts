// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';

/**
 * Where a request carries the template of its route. On the global registry: where a framework tells nobody what it matched, a line in
 * the application puts it here.
 */
const published: unique symbol = Symbol.for('onyx.route') as never;

interface Published {
  [published]?: unknown;
}

/** The template that a request, or an HTTP/2 stream, carries. */
export function publishedRoute(request: object): string | undefined {
  const route = (request as Published)[published];
  return typeof route === 'string' && route !== '' ? route : undefined;
}

/** What Fastify publishes before it calls the handler of a route, from version 5 on. */
interface FastifyRequest {
  readonly request?: { readonly raw?: (IncomingMessage | Http2ServerRequest) & Published };
  /** `url` is the whole template, prefixes included. */
  readonly route?: { readonly url?: unknown };
}

/** Has the requests of Fastify carry their routes. */
export function followFastify(): void {
  subscribe('tracing:fastify.request.handler:start', (message) => {
    const { request, route } = message as FastifyRequest;
    const raw = request?.raw;
    if (raw === undefined) return;
    raw[published] = route?.url;
    // An HTTP/2 request is measured by its stream.
    if ('stream' in raw && raw.stream) (raw.stream as Published)[published] = route?.url;
  });
}
