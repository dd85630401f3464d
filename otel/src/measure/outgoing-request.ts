// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type CallError, connectionError } from './call-error.ts';

/*
 * Requests that the process makes, by what Node publishes of `http` and `https`, and undici of `fetch` and of itself. Nothing is patched.
 * Part of what every process runs, so it stands apart from the catalogue.
 */

/** A request that has ended, well or not. */
export interface EndedCall {
  readonly method: string;
  readonly address: string;
  readonly port: number;
  /** Of the answer, when there was one. */
  readonly status: number | undefined;
  /** What failed apart from the status. */
  readonly error: CallError | undefined;
  readonly seconds: number;
}

/** On the global registry, for the exporter is in another bundle: an agent whose requests are not the service's. */
const own: unique symbol = Symbol.for('onyx.ownAgent') as never;

/** Says that the requests of this agent are our own, and returns it. */
export function asOwn<Kind extends object>(agent: Kind): Kind {
  return Object.assign(agent, { [own]: true });
}

/** Tells `ended` of every request that ends from now on, in this thread. */
export function followCalls(ended: (call: EndedCall) => void): void {
  const guarded = (call: () => EndedCall | undefined): void => {
    try {
      const seen = call();
      if (seen !== undefined) ended(seen);
    } catch {
      // Whatever an application makes of its requests, measuring must not end it.
    }
  };
  followHttp(guarded);
  followUndici(guarded);
}

type Guarded = (call: () => EndedCall | undefined) => void;

/** A request and its parts as Node has them. */
interface SentRequest extends ClientRequest {
  readonly agent?: { readonly [own]?: true };
  readonly res?: IncomingMessage | null;
  readonly socketPath?: string;
}

function followHttp(guarded: Guarded): void {
  const started = new WeakMap<object, number>();
  // Node from 22 on says when a request is made, before that only when all of it has been given away.
  subscribe('http.client.request.created', (message) => {
    started.set((message as { request: object }).request, performance.now());
  });
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: SentRequest };
    if (request.agent?.[own]) return;
    const start = started.get(request) ?? performance.now();
    let failed: CallError | undefined;
    let timedOut = false;
    request.on('timeout', () => {
      timedOut = true;
    });
    // Hears of an error and leaves it an error: a listener of `error` would make it a handled one.
    request.on(errorMonitor, (error: Error) => {
      failed ??= isHangUp(error) ? brokenBy(request.socket, timedOut) : errorType(error);
    });
    request.on('close', () =>
      guarded(() => {
        const { res } = request;
        // An upgraded connection is no answer that has to be complete.
        const whole = res == null || res.complete || res.statusCode === 101;
        return {
          method: request.method,
          ...target(request),
          status: res?.statusCode,
          error: failed ?? (whole ? undefined : brokenBy(request.socket, timedOut)),
          seconds: (performance.now() - start) / 1000,
        };
      }),
    );
  });
}

/** Node says the same of a peer that went away and of a request that the application itself destroyed. */
function isHangUp(error: Error & { code?: string }): boolean {
  return error.code === 'ECONNRESET' && error.message === 'socket hang up';
}

/** Who broke a connection off: the peer, or the application, because of a time-out or for a reason of its own. */
function brokenBy(socket: Socket | null, timedOut: boolean): CallError {
  if (timedOut) return 'timeout';
  return socket?.readableEnded || socket?.errored ? 'connection_reset' : 'aborted';
}

type Target = Pick<EndedCall, 'address' | 'port'>;

function target(request: SentRequest): Target {
  if (request.socketPath) return { address: 'unix_socket', port: 0 };
  const fallback = request.protocol === 'https:' ? 443 : 80;
  const header = request.getHeader('host');
  // The port is in no other place; a header that names another host is the application's.
  const named = typeof header === 'string' && header.startsWith(`${request.host}:`) ? header : '';
  return {
    address: request.host,
    port: Number(named.slice(request.host.length + 1)) || request.socket?.remotePort || fallback,
  };
}

/** A request as undici has it. */
interface UndiciRequest {
  readonly origin: string | URL;
  readonly method: string;
}

/** Origins whose parts are remembered: a service calls a few again and again. */
const maxOrigins = 100;
const origins = new Map<string, Target>();

function targetOf(origin: string): Target {
  const known = origins.get(origin);
  if (known !== undefined) return known;
  const { hostname, port, protocol } = new URL(origin);
  const target = { address: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  if (origins.size < maxOrigins) origins.set(origin, target);
  return target;
}

function followUndici(guarded: Guarded): void {
  const calls = new WeakMap<object, { readonly start: number; status: number | undefined }>();
  const end = (request: UndiciRequest, error?: Error): void =>
    guarded(() => {
      const call = calls.get(request);
      calls.delete(request);
      if (call === undefined) return undefined;
      return {
        method: request.method,
        ...targetOf(String(request.origin)),
        status: call.status,
        error: error && errorType(error),
        seconds: (performance.now() - call.start) / 1000,
      };
    });
  subscribe('undici:request:create', (message) => {
    calls.set((message as { request: object }).request, { start: performance.now(), status: undefined });
  });
  subscribe('undici:request:headers', (message) => {
    const { request, response } = message as { request: object; response: { statusCode: number } };
    const call = calls.get(request);
    if (call !== undefined) call.status = response.statusCode;
  });
  subscribe('undici:request:trailers', (message) => end((message as { request: UndiciRequest }).request));
  subscribe('undici:request:error', (message) => {
    const { request, error } = message as { request: UndiciRequest; error: Error };
    end(request, error);
  });
}

function errorType(error: Error): CallError {
  return connectionError(error) ?? 'other';
}
