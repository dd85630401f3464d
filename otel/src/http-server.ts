import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, Histogram, MeterProvider } from '@opentelemetry/api';
import { catalogue, httpMethods } from './catalogue.ts';
import { routeOf } from './route.ts';

const startedAt: unique symbol = Symbol('onyx.startedAt');

interface TimedResponse extends ServerResponse {
  [startedAt]?: number;
}

/** Node's own message for each request it has parsed, CommonJS and ESM alike: nothing is patched. */
interface RequestStart {
  readonly response: TimedResponse;
}

/** What an aborted request reports: nginx' "client closed request". Node leaves the status at 200. */
const clientClosedRequest = 499;

/**
 * Returns what measures a request to its end, following the convention for `http.server.request.duration`, when given what
 * Node publishes as `http.server.request.start`.
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 */
export function httpServerObserver(provider: MeterProvider): (message: unknown) => void {
  const meter = provider.getMeter('onyx.http');
  const name = 'http.server.request.duration';
  const { unit, description } = catalogue[name];
  const duration = meter.createHistogram(name, { unit, description });
  let active = 0;

  const gauge = 'http.server.active_requests';
  meter
    .createObservableUpDownCounter(gauge, { unit: catalogue[gauge].unit, description: catalogue[gauge].description })
    .addCallback((result) => result.observe(active));

  function onClose(this: TimedResponse): void {
    active--;
    try {
      record(duration, this);
    } catch {
      // Whatever an application makes of its requests, this listener must not end it.
    }
  }

  return (message) => {
    const { response } = message as RequestStart;
    active++;
    response[startedAt] = performance.now();
    // `http.server.response.finish` is not published when the client goes away, `close` always comes.
    response.once('close', onClose);
  };
}

function record(duration: Histogram, response: TimedResponse): void {
  const { req: request, statusCode } = response;
  const aborted = !response.writableFinished;
  const status = aborted ? clientClosedRequest : statusCode;
  const attributes: Attributes = {
    'http.request.method': methodOf(request),
    'http.response.status_code': status,
    'http.route': routeOf(request),
    'error.type': aborted ? 'aborted' : status >= 500 ? String(status) : undefined,
  };
  duration.record((performance.now() - (response[startedAt] ?? performance.now())) / 1000, attributes);
}

const knownMethods: ReadonlySet<string> = new Set(httpMethods);

function methodOf(request: IncomingMessage): string {
  const method = request.method ?? '';
  return knownMethods.has(method) ? method : 'other';
}
