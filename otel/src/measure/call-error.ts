// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Why there is no answer, or no whole one. */
export type CallError =
  | 'timeout'
  | 'aborted'
  | 'connection_refused'
  | 'connection_reset'
  | 'connection_closed'
  | 'name_not_resolved'
  | 'tls'
  | 'other';

/** What an error of the connection was; nothing for any other error. */
export function connectionError(error: Error & { code?: unknown }): CallError | undefined {
  const { cause } = error;
  const said = `${namesOf(error)} ${cause instanceof Error ? namesOf(cause) : ''}`;
  return errorTypes.find(([, pattern]) => pattern.test(said))?.[0];
}

/** Not every class of errors says its name in the error. */
function namesOf(error: Error & { code?: unknown }): string {
  // Axios has this code for its time-outs.
  return `${error.name} ${error.constructor.name} ${error.code === 'ECONNABORTED' ? error.message : error.code}`;
}

/** By names and codes of Node, libuv, OpenSSL, undici and drivers; of an abort that a time-out caused, the time-out counts. */
const errorTypes: readonly (readonly [CallError, RegExp])[] = [
  ['timeout', /TIME-?D?OUT|TimeoutError|ServerSelection/i],
  ['aborted', /Abort|Cancell?ed|CancelError|UND_ERR_(DESTROYED|CLOSED)/i],
  ['connection_refused', /ECONNREFUSED/],
  ['name_not_resolved', /ENOTFOUND|EAI_/],
  ['tls', /CERT|TLS|SSL|EPROTO|SELF_SIGNED/],
  [
    'connection_reset',
    /ECONNRESET|EPIPE|UND_ERR_SOCKET|CONNECTION_LOST|SocketClosed|MongoNetworkError|ERR_HTTP2_(STREAM|SESSION)_ERROR/,
  ],
  ['connection_closed', /MaxRetriesPerRequest/],
  // Of a session that the application closed; of one that it could not open, the reason is above.
  ['aborted', /ERR_HTTP2_STREAM_CANCEL/],
];
