// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { publishedRoute } from './published-route.ts';

/** Node's message for each stream of an HTTP/2 server. Node 22, 24 and 26 publish it, 18 and 20 nothing. */
export interface StreamStart {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

/** What is counted of a request. */
export interface EndedRequest {
  readonly method: string;
  readonly status: number;
  readonly aborted: boolean;
  readonly route: string | undefined;
}

/** Whether a stream is a request: a server opens streams of its own, with even numbers, for what it pushes. */
export function isRequest({ id = 0 }: ServerHttp2Stream): boolean {
  return id % 2 === 1;
}

/** What a closed stream was. Node resets those that do not end well, and those whose client has left. */
export function endedStream({ stream, headers }: StreamStart): EndedRequest {
  return {
    method: headers[':method'] ?? '',
    status: Number(stream.sentHeaders?.[':status'] ?? 0),
    aborted: stream.aborted || stream.rstCode !== 0,
    route: publishedRoute(stream),
  };
}
