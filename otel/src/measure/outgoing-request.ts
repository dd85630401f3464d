// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
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
  [open]?: OpenRequest;
}

/** On the request, as Node's own: a map outside it would cost more than the rest. */
const open: unique symbol = Symbol('onyx.open');

/** What is known of a request that has not ended. */
interface OpenRequest {
  readonly startedAt: number;
  readonly address: string;
  port: number;
  error: CallError | undefined;
}

function followHttp(ended: (call: EndedCall) => void): void {
  // The same for all requests: to make one for each would cost as much again.
  function onClose(this: SentRequest): void {
    try {
      const call = endedRequest(this);
      // The server never heard of what was left before it had a connection.
      if (call !== undefined && (this.socket != null || call.error !== 'aborted')) ended(call);
    } catch {
      // Whatever an application makes of its requests, measuring must not end it.
    }
  }
  function follow(request: SentRequest): void {
    if (request[open] !== undefined || request.agent?.[own]) return;
    try {
      request[open] = opened(request);
      request.on('close', onClose);
    } catch {
      // As above.
    }
  }
  const onStart = (message: unknown): void => follow((message as { request: SentRequest }).request);
  subscribe('http.client.request.start', onStart);
  // Node from 22 on says when a request is made, before that only when all of it has been given away.
  subscribe('http.client.request.created', (message) => {
    unsubscribe('http.client.request.start', onStart);
    onStart(message);
  });
  // Node 18 does not say it; what its socket had says nearly the same.
  subscribe('http.client.request.error', (message) => {
    const { request, error } = message as { request: SentRequest; error: Error };
    // Before all of it was given away.
    follow(request);
    const call = request[open];
    if (call !== undefined) call.error ??= isHangUp(error) ? brokenBy(request) : errorType(error);
  });
}

function opened(request: SentRequest): OpenRequest {
  const { host, protocol, socketPath } = request;
  const call = { startedAt: performance.now(), address: 'unix_socket', port: 0, error: undefined };
  if (socketPath) return call;
  call.address = addressOf(host);
  call.port = protocol === 'https:' ? 443 : 80;
  // As Node writes it.
  const named = host.includes(':') && host[0] !== '[' ? `[${host}]` : host;
  const header = request.getHeader('host');
  if (typeof header !== 'string' || !header.startsWith(named)) learnPort(request, call);
  else if (header[named.length] === ':') call.port = Number(header.slice(named.length + 1));
  return call;
}

/** A name in the one form that it has. */
function addressOf(host: string): string {
  return known(addresses, host, () => host.toLowerCase().replace(/^\[|\]$|\.$/g, ''));
}

/** A service calls a few again and again: so many are remembered. */
const maxKnown = 100;
const addresses = new Map<string, string>();
const origins = new Map<string, Target>();

function known<Part>(all: Map<string, Part>, name: string, make: () => Part): Part {
  const before = all.get(name);
  if (before !== undefined) return before;
  const made = make();
  if (all.size < maxKnown) all.set(name, made);
  return made;
}

/** Where a header names another host, which an application may want, only the socket knows the port, and only while it is connected. */
function learnPort(request: SentRequest, call: OpenRequest): void {
  const learn = (socket: Socket): void => {
    const read = (): void => {
      call.port = socket.remotePort ?? call.port;
    };
    if (socket.connecting) socket.once('connect', read);
    else read();
  };
  if (request.socket == null) request.once('socket', learn);
  else learn(request.socket);
}

function endedRequest(request: SentRequest): EndedCall | undefined {
  const { res, [open]: call } = request;
  if (call === undefined) return undefined;
  // An upgraded connection is no answer that has to be complete.
  const whole = res != null && (res.complete || res.statusCode === 101);
  return {
    method: request.method,
    address: call.address,
    port: call.port,
    status: res?.statusCode,
    error: call.error ?? (whole ? undefined : brokenBy(request)),
    seconds: (performance.now() - call.startedAt) / 1000,
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

/** A request as undici has it, and what is known of it until it ends. */
interface UndiciRequest {
  readonly origin: string | URL;
  readonly method: string;
  /** Where another protocol is asked for. */
  readonly upgrade?: string | null;
  [startedAt]?: number | undefined;
  [status]?: number;
}

const startedAt: unique symbol = Symbol('onyx.startedAt');
const status: unique symbol = Symbol('onyx.status');

type Target = Pick<EndedCall, 'address' | 'port'>;

function targetAt(origin: string): Target {
  return known(origins, origin, () => {
    const { hostname, port, protocol } = new URL(origin);
    return { address: addressOf(hostname), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  });
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
    const { address, port } = targetAt(String(request.origin));
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
    // Nothing says that an upgrade is answered, such as one to a WebSocket: what fails of them would be all there is.
    if (!request.upgrade) request[startedAt] = performance.now();
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
