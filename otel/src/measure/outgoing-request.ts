// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
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
  followHttp(ended);
  followUndici(ended);
}

/** A request and its parts as Node has them, and what is known of it until it ends. */
interface SentRequest extends ClientRequest {
  readonly agent?: { readonly [own]?: true };
  readonly res?: IncomingMessage | null;
  readonly socketPath?: string;
  /** What hears of a time-out, once and on the socket, where one is set. */
  readonly timeoutCb?: (() => void) | null;
  [startedAt]?: number;
  [failed]?: CallError;
}

/* On the request, as Node's own: a map outside it would cost more than the rest. */
const startedAt: unique symbol = Symbol('onyx.startedAt');
const failed: unique symbol = Symbol('onyx.failed');

function followHttp(ended: (call: EndedCall) => void): void {
  // The same for all requests: to make one for each would cost as much again.
  function onClose(this: SentRequest): void {
    try {
      ended(endedRequest(this));
    } catch {
      // Whatever an application makes of its requests, measuring must not end it.
    }
  }
  // Node from 22 on says when a request is made, before that only when all of it has been given away.
  subscribe('http.client.request.created', (message) => {
    (message as { request: SentRequest }).request[startedAt] = performance.now();
  });
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: SentRequest };
    if (request.agent?.[own]) return;
    request[startedAt] ??= performance.now();
    request.on('close', onClose);
  });
  // Node 18 does not say it; what its socket had says nearly the same.
  subscribe('http.client.request.error', (message) => {
    const { request, error } = message as { request: SentRequest; error: Error };
    request[failed] ??= isHangUp(error) ? brokenBy(request) : errorType(error);
  });
}

function endedRequest(request: SentRequest): EndedCall {
  const { res, [startedAt]: start = performance.now() } = request;
  // An upgraded connection is no answer that has to be complete.
  const whole = res != null && (res.complete || res.statusCode === 101);
  const { address, port } = target(request);
  return {
    method: request.method,
    address,
    port,
    status: res?.statusCode,
    error: request[failed] ?? (whole ? undefined : brokenBy(request)),
    seconds: (performance.now() - start) / 1000,
  };
}

/** Node says the same of a peer that went away and of a request that the application itself destroyed. */
function isHangUp(error: Error & { code?: string }): boolean {
  return error.code === 'ECONNRESET' && error.message === 'socket hang up';
}

/** Who broke a connection off: the peer, or the application, because of a time-out or for a reason of its own. */
function brokenBy({ socket, res, timeoutCb }: SentRequest): CallError {
  if (timeoutCb && socket && !socket.listeners('timeout').includes(timeoutCb)) return 'timeout';
  const { errored } = socket ?? {};
  if (errored && res == null) return errorType(errored);
  return socket?.readableEnded || errored ? 'connection_reset' : 'aborted';
}

type Target = Pick<EndedCall, 'address' | 'port'>;

const unixSocket: Target = { address: 'unix_socket', port: 0 };

function target(request: SentRequest): Target {
  if (request.socketPath) return unixSocket;
  const { host } = request;
  const header = request.getHeader('host');
  // The port is in no other place; a header that names another host is the application's.
  const named = typeof header === 'string' && header.startsWith(host) && header[host.length] === ':';
  const fallback = request.protocol === 'https:' ? 443 : 80;
  return {
    address: host,
    port: (named && Number(header.slice(host.length + 1))) || request.socket?.remotePort || fallback,
  };
}

/** A request as undici has it, and what is known of it until it ends. */
interface UndiciRequest {
  readonly origin: string | URL;
  readonly method: string;
  [startedAt]?: number | undefined;
  [status]?: number;
}

const status: unique symbol = Symbol('onyx.status');

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

function followUndici(ended: (call: EndedCall) => void): void {
  interface Message {
    readonly request: UndiciRequest;
    readonly response: { readonly statusCode: number };
    readonly error?: Error;
  }
  const follow = (name: string, hear: (message: Message) => void): void =>
    subscribe(`undici:request:${name}`, (message) => {
      try {
        hear(message as Message);
      } catch {
        // As above.
      }
    });
  const end = ({ request, error }: Message): void => {
    const start = request[startedAt];
    if (start === undefined) return;
    request[startedAt] = undefined;
    const { address, port } = targetOf(String(request.origin));
    ended({
      method: request.method,
      address,
      port,
      status: request[status],
      error: error && errorType(error),
      seconds: (performance.now() - start) / 1000,
    });
  };
  follow('create', ({ request }) => {
    request[startedAt] = performance.now();
  });
  follow('headers', ({ request, response }) => {
    request[status] = response.statusCode;
  });
  follow('trailers', end);
  follow('error', end);
}

function errorType(error: Error): CallError {
  return connectionError(error) ?? 'other';
}
