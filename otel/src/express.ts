// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http';
import { metrics } from '@opentelemetry/api';
import { httpServerObserver, isMeasured } from './measure/http-server.ts';

/** Middleware of Express 4 and 5, and of whatever calls its own in the same way. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * `app.use(requestMetrics())`, before every route: latency, errors and requests in flight, as
 * `http.server.request.duration` and `http.server.active_requests` of the global meter provider, for services that cannot
 * be preloaded. Beside `otel/register`, or mounted twice, a request still counts once. It never throws.
 */
export function requestMetrics(): Middleware {
  return (_request, response, next) => {
    try {
      // What has ended already will not end again.
      if (!isMeasured(response) && !response.destroyed) {
        observe ??= httpServerObserver(metrics.getMeterProvider());
        observe({ response });
      }
    } catch {
      // A request must be answered whatever becomes of its measurement.
    }
    next();
  };
}

/** Made at the first request, since an instrument made before its SDK stays deaf for ever; one for all, since it counts what is in flight. */
let observe: ReturnType<typeof httpServerObserver> | undefined;
