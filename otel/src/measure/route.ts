// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import { expressRoute } from './express-route.ts';
import { isOfNext, nextRoute, oldNextRoute } from './next-route.ts';
import { publishedRoute } from './published-route.ts';

/**
 * The template of the route that answered a request, such as `/users/:id`; nothing when none did, or none that can be read.
 * Never a raw path.
 */
export function routeOf(request: IncomingMessage, status = 200): string | undefined {
  try {
    // A server that hands all to Next has one route for all of its pages.
    if (isOfNext(request)) return nextRoute(request, status);
    return publishedRoute(request) ?? expressRoute(request) ?? oldNextRoute(request);
  } catch {
    // What is read is public in no framework: a version to come must not cost the whole measurement.
    return undefined;
  }
}
