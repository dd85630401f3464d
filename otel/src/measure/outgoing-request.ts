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
  readonly socket: TakenSocket | null;
  /** What hears of a time-out, once and on the socket, where one is set. */
  readonly timeoutCb?: (() => void) | null;
  [open]?: OpenRequest;
}

interface TakenSocket extends Socket {
  [takenAt]?: number;
}

/** When a request took the connection that it has. */
const takenAt: unique symbol = Symbol('onyx.takenAt');

function take(socket: TakenSocket): void {
  socket[takenAt] = performance.now();
}

/** Sees when a connection that an agent keeps is taken again: each request listens to it for this event. */
function watch(socket: TakenSocket): void {
  if (socket.destroyed || socket.listeners('newListener').includes(onListener)) return;
  socket.on('newListener', onListener);
}

function onListener(this: TakenSocket, event: string): void {
  if (event === 'drain') take(this);
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
  /** Whether Node says when a request is made, as it does from 22 on. Before that it tells of one when all of it has been given away. */
  let saysWhen = false;
  // The same for all requests: to make one for each would cost as much again.
  function onClose(this: SentRequest): void {
    try {
      const call = endedRequest(this);
      // The server never heard of what was left before it had a connection.
      if (call !== undefined && (this.socket != null || call.error !== 'aborted')) ended(call);
      if (!saysWhen && this.socket !== null) watch(this.socket);
    } catch {
      // Whatever an application makes of its requests, measuring must not end it.
    }
  }
  function follow(request: SentRequest, since?: number): void {
    if (request[open] !== undefined || request.agent?.[own]) return;
    try {
      request[open] = opened(request, since);
      request.on('close', onClose);
    } catch {
      // As above.
    }
  }
  const onStart = (message: unknown): void => follow((message as { request: SentRequest }).request);
  /** Of a request that was not given away whole: it has the connection that it took at its beginning. */
  const onLate = (message: unknown): void => {
    const { request } = message as { request: SentRequest };
    if (request[open] === undefined) follow(request, request.socket?.[takenAt]);
  };
  const onConnect = (message: unknown): void => take((message as { socket: Socket }).socket);
  const before22 = {
    'http.client.request.start': onStart,
    'http.client.response.finish': onLate,
    'net.client.socket': onConnect,
  };
  for (const [name, hear] of Object.entries(before22)) subscribe(name, hear);
  subscribe('http.client.request.created', (message) => {
    if (!saysWhen) for (const [name, hear] of Object.entries(before22)) unsubscribe(name, hear);
    saysWhen = true;
    onStart(message);
  });
  // Node 18 does not say it; what its socket had says nearly the same.
  subscribe('http.client.request.error', (message) => {
    const { request, error } = message as { request: SentRequest; error: Error };
    onLate(message);
    const call = request[open];
    if (call !== undefined) call.error ??= isHangUp(error) ? brokenBy(request) : errorType(error);
  });
}

function opened(request: SentRequest, since = performance.now()): OpenRequest {
  const { host, protocol, socketPath } = request;
  const call = { startedAt: since, ...unixSocket, error: undefined };
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

/** Where a server is that has no name and no port; its path is not told. */
export const unixSocket: Target = { address: 'unix_socket', port: 0 };

/** Whether a connection that is open is one of a Unix socket. */
export function isUnixSocket({ destroyed, connecting, localAddress }: Socket): boolean {
  return !destroyed && !connecting && localAddress === undefined;
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
  [local]?: true;
}

const startedAt: unique symbol = Symbol('onyx.startedAt');
const status: unique symbol = Symbol('onyx.status');
const local: unique symbol = Symbol('onyx.local');

/** A connection of undici, which says all that is to be said of its requests, those by HTTP/2 too. */
export const ofUndici: unique symbol = Symbol('onyx.ofUndici');

type Target = Pick<EndedCall, 'address' | 'port'>;

/** Where the server of an origin is, such as that of `http://localhost:8080`. */
export function targetAt(origin: string): Target {
  return known(origins, origin, () => {
    const { hostname, port, protocol } = new URL(origin);
    return { address: addressOf(hostname), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  });
}

function followUndici(ended: (call: EndedCall) => void): void {
  interface Message {
    readonly request: UndiciRequest;
    readonly response: { readonly statusCode: number };
    readonly socket: Socket & { [ofUndici]?: true };
    readonly error?: Error & { readonly syscall?: string; readonly port?: number };
  }
  const follow = (name: string, hear: (message: Message) => void): void =>
    subscribe(`undici:${name}`, (message) => {
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
    // That it could not connect to one, the error says.
    const toPath = error?.syscall === 'connect' && error.port === undefined;
    const { address, port } = request[local] || toPath ? unixSocket : targetAt(String(request.origin));
    ended({
      method: request.method,
      address,
      port,
      status: request[status],
      error: error && errorType(error),
      seconds: (performance.now() - start) / 1000,
    });
  };
  follow('request:create', ({ request }) => {
    // Nothing says that an upgrade is answered, such as one to a WebSocket: what fails of them would be all there is.
    if (!request.upgrade) request[startedAt] = performance.now();
  });
  follow('request:headers', ({ request, response }) => {
    request[status] = response.statusCode;
  });
  follow('request:trailers', end);
  follow('request:error', end);
  let seesLocal = false;
  follow('client:connected', ({ socket }) => {
    socket[ofUndici] = true;
    if (seesLocal || !isUnixSocket(socket)) return;
    seesLocal = true;
    // Only what a request is sent by says that it goes to a Unix socket: no other service pays for that.
    follow('client:sendHeaders', (sent) => {
      if (isUnixSocket(sent.socket)) sent.request[local] = true;
    });
  });
}

/** What failed of a request, by its error. */
export function errorType(error: Error): CallError {
  return connectionError(error) ?? 'other';
}
