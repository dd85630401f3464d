// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Histogram, MeterProvider } from '@opentelemetry/api';
import { type Catalogue, catalogue, httpMethods } from '../catalogue/catalogue.ts';
import { type EndedRequest, endedStream, isRequest, type StreamStart } from './http2-stream.ts';
import { read } from './read.ts';
import { routeOf } from './route.ts';

/** On the global registry: the preload and the middleware are bundles of their own, and the first one to see a request measures it. */
const startedAt: unique symbol = Symbol.for('onyx.startedAt') as never;

/** Servers that are none of the application's. */
export const unmeasured: WeakSet<object> = new WeakSet();

const upstream: unique symbol = Symbol.for('onyx.upstreamMeasuresHttp') as never;

/** Says that upstream's instrumentation measures requests in this process. */
export function measureByUpstream(): void {
  (globalThis as { [upstream]?: true })[upstream] = true;
}

/** Whether this request is measured already, or not to be measured. */
export function isSettled(response: TimedResponse): boolean {
  return (
    leftOut.has(response) ||
    (response[startedAt] ?? response.stream?.[startedAt]) !== undefined ||
    upstream in globalThis
  );
}

/** On the global registry, as above. No mark on the response: to look for one costs more. */
const ofAll: unique symbol = Symbol.for('onyx.leftOut') as never;
const scope = globalThis as { [ofAll]?: WeakSet<object> };
scope[ofAll] ??= new WeakSet();
const leftOut = scope[ofAll];

/** Leaves a request out of the durations, whichever part measures it; what has begun to measure it counts it as active until it ends. */
export function leaveOut(response: ServerResponse): void {
  leftOut.add(response);
}

interface TimedResponse extends ServerResponse {
  [startedAt]?: number;
  /** That of a response by HTTP/2. */
  readonly stream?: TimedStream;
}

interface TimedStream extends ServerHttp2Stream {
  [startedAt]?: number;
}

/** Node's own message for each request it has parsed, CommonJS and ESM alike: nothing is patched. */
interface RequestStart {
  readonly response?: TimedResponse;
  readonly server?: object;
}

const durationName = 'http.server.request.duration';
type DurationLabels = Partial<Record<keyof Catalogue[typeof durationName]['labels'], string | number>>;

/** What an aborted request reports: nginx' "client closed request". Node leaves the status at 200. */
const clientClosedRequest = 499;

/**
 * Returns what measures a request to its end, following the convention for `http.server.request.duration`, when given what
 * Node publishes as `http.server.request.start`, or as `http2.server.stream.start`.
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 */
export function httpServerObserver(provider: MeterProvider): (message: unknown) => void {
  const meter = provider.getMeter('onyx.http');
  const advice = { explicitBucketBoundaries: [...catalogue[durationName].boundaries] };
  const duration = meter.createHistogram(durationName, { ...catalogue[durationName], advice });
  let active = 0;

  const gauge = 'http.server.active_requests';
  meter.createObservableUpDownCounter(gauge, catalogue[gauge]).addCallback((result) => result.observe(active));

  function onResponse(response: TimedResponse): void {
    // What is taken here need not be asked of a response that a framework has given another prototype: see `read`.
    const { req: request } = response;
    const method = request?.method ?? '';
    const started = performance.now();
    active++;
    response[startedAt] = started;
    const onClose = (): void => {
      active--;
      try {
        if (leftOut.has(response)) return;
        const status = read(response, 'statusCode');
        const aborted = !read(response, 'writableFinished');
        report(duration, started, { method, status, aborted, route: routeOf(request, status) });
      } catch {
        // Whatever an application makes of its requests, this listener must not end it.
      }
    };
    // `http.server.response.finish` is not published when the client goes away, `close` always comes, and only once.
    response.on('close', onClose);
    const socket = request?.socket as ServingSocket | undefined;
    if (socket?._httpMessage != null && socket._httpMessage !== response) closeWith(socket, response, onClose);
  }

  function onStream(start: StreamStart): void {
    const stream: TimedStream = start.stream;
    if (stream[startedAt] !== undefined || !isRequest(stream)) return;
    active++;
    stream[startedAt] = performance.now();
    stream.on('close', () => {
      active--;
      try {
        report(duration, stream[startedAt], endedStream(start));
      } catch {
        // As above.
      }
    });
  }

  return (message) => {
    const { response, server } = message as RequestStart;
    if (response === undefined) return onStream(message as StreamStart);
    if (response[startedAt] !== undefined || (server !== undefined && unmeasured.has(server))) return;
    onResponse(response);
  };
}

/** A socket knows the response that it is sending. Those to requests that were pipelined behind it wait for their turn. */
interface ServingSocket extends Socket {
  readonly _httpMessage?: ServerResponse | null;
}

/** What closes the responses that wait for their turn on a socket. */
const waiting = new WeakMap<Socket, Map<TimedResponse, () => void>>();

/** Has a response that waits closed with its socket: Node before 26 does not emit `close` then. */
function closeWith(socket: Socket, response: TimedResponse, onClose: () => void): void {
  const others = waiting.get(socket);
  const responses = others ?? new Map<TimedResponse, () => void>();
  responses.set(response, onClose);
  response.on('close', () => responses.delete(response));
  if (others !== undefined) return;
  waiting.set(socket, responses);
  socket.on('close', () => {
    for (const [each, close] of responses) {
      each.off('close', close);
      close();
    }
  });
}

function report(duration: Histogram, started = performance.now(), ended: EndedRequest): void {
  const { method, aborted, route } = ended;
  const status = aborted ? clientClosedRequest : ended.status;
  const attributes: DurationLabels = {
    'http.request.method': knownMethods.has(method) ? method : 'other',
    'http.response.status_code': status,
  };
  if (route !== undefined) attributes['http.route'] = route;
  if (aborted) attributes['error.type'] = 'aborted';
  else if (status >= 500) attributes['error.type'] = String(status);
  duration.record((performance.now() - started) / 1000, attributes);
}

const knownMethods: ReadonlySet<string> = new Set(httpMethods);
