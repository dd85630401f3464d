// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream, Http2Session, OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { CallError } from './call-error.ts';
import { type EndedCall, errorType, isUnixSocket, ofUndici, targetAt, unixSocket } from './outgoing-request.ts';

/** A stream that a client has opened, and what is known of it until it closes. */
interface OpenStream extends ClientHttp2Stream {
  [open]?: {
    readonly startedAt: number;
    readonly session: Http2Session;
    status: number | undefined;
    local: boolean;
  };
}

const open: unique symbol = Symbol('onyx.openStream');

interface Message {
  readonly stream: OpenStream;
  readonly headers: OutgoingHttpHeaders;
}

/** Tells `ended` of every request by HTTP/2 that ends from now on. Node 22.17, 24.2 and 26 publish them, older ones nothing. */
export function followStreams(ended: (call: EndedCall) => void): void {
  function onClose(this: OpenStream): void {
    try {
      const call = endedStream(this);
      if (call !== undefined) ended(call);
    } catch {
      // Whatever an application makes of its requests, measuring must not end it.
    }
  }
  const follow = (name: string, hear: (message: Message) => void): void =>
    subscribe(`http2.client.stream.${name}`, (message) => {
      try {
        hear(message as Message);
      } catch {
        // As above.
      }
    });
  follow('created', ({ stream }) => {
    const { id = 1, session } = stream;
    // Streams with even numbers are what a server pushes.
    if (session === undefined || id % 2 === 0 || socketOf(session)?.[ofUndici]) return;
    stream[open] = { startedAt: performance.now(), session, status: undefined, local: false };
    stream.on('close', onClose);
  });
  follow('finish', ({ stream, headers }) => {
    const call = stream[open];
    if (call === undefined) return;
    call.status = Number(headers[':status']);
    const socket = socketOf(call.session);
    call.local = socket !== undefined && isUnixSocket(socket);
  });
}

/** That of a session, which has none before and after its connection. */
function socketOf(session: Http2Session): (Socket & { readonly [ofUndici]?: true }) | undefined {
  return session.destroyed ? undefined : session.socket;
}

function endedStream(stream: OpenStream): EndedCall | undefined {
  const { sentHeaders = {}, [open]: call } = stream;
  if (call === undefined) return undefined;
  const { status, local, startedAt } = call;
  const { ':scheme': scheme, ':authority': authority = sentHeaders.host, ':method': method } = sentHeaders;
  return {
    method: String(method),
    ...(local ? unixSocket : targetAt(`${scheme}://${authority}`)),
    status,
    error: failed(stream, call),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** Node says little of who ended a stream: of one without an error, whether its session lives on. */
function failed(
  { errored, rstCode, readableEnded }: ClientHttp2Stream,
  { status, session }: NonNullable<OpenStream[typeof open]>,
): CallError | undefined {
  if (errored) return errorType(errored);
  if (rstCode === 0 && status !== undefined && readableEnded) return undefined;
  return session.destroyed ? 'connection_reset' : 'aborted';
}
