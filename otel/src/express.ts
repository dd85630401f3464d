// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { metrics } from '@opentelemetry/api';
import { httpServerObserver, isSettled, leaveOut } from './measure/http-server.ts';

/** Middleware of Express 4 and 5, and of whatever calls its own in the same way. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** What `requestMetrics` may be told. */
export interface RequestMetricsOptions {
  /**
   * Requests that are not measured, by path: a text is the whole path, such as `/health`; a regular expression matches any part of it.
   * With `otel/register` they are left out of its durations too, and are active while they last.
   */
  readonly excludeRoutes?: readonly (string | RegExp)[];
}

/**
 * `app.use(requestMetrics())`, before every route: latency, errors and requests in flight, as
 * `http.server.request.duration` and `http.server.active_requests` of the global meter provider, for services that cannot
 * be preloaded. With `otel/register`, or mounted twice, a request still counts once. The middleware never throws.
 *
 * @throws a TypeError when `excludeRoutes` is no list of texts and regular expressions
 */
export function requestMetrics({ excludeRoutes = [] }: RequestMetricsOptions = {}): Middleware {
  const isExcluded = pathMatcher(excludeRoutes);
  return (request, response, next) => {
    try {
      if (isExcluded(request)) leaveOut(response);
      // What has ended already will not end again.
      else if (!isSettled(response) && !response.destroyed) {
        observe ??= httpServerObserver(metrics.getMeterProvider());
        observe({ response });
      }
    } catch {
      // A request must be answered whatever becomes of its measurement.
    }
    next();
  };
}

function pathMatcher(routes: readonly (string | RegExp)[]): (request: IncomingMessage) => boolean {
  if (!Array.isArray(routes) || !routes.every((route) => typeof route === 'string' || route instanceof RegExp)) {
    const given = inspect(routes, { breakLength: Number.POSITIVE_INFINITY });
    throw new TypeError(
      `requestMetrics: excludeRoutes is ${given}. Give it a list of paths and regular expressions, such as ['/health'].`,
    );
  }
  return (request) => {
    if (routes.length === 0) return false;
    // A router that is mounted below a path has cut it off `url`.
    const { originalUrl = request.url ?? '' } = request as { originalUrl?: string };
    const [path = ''] = originalUrl.split('?');
    // Not `test`, which goes on where it was with the flag `g`.
    return routes.some((route) => (typeof route === 'string' ? route === path : path.search(route) >= 0));
  };
}

/** Made at the first request, since an instrument made before its SDK stays deaf for ever; one for all, since it counts what is in flight. */
let observe: ReturnType<typeof httpServerObserver> | undefined;
