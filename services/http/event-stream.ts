// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import type { Response as ExpressResponse } from 'express';
import { publicMessage } from './refusal.ts';

/** One server-sent event; `data` is sent as JSON. */
export interface ServerEvent {
  /** `message` when absent. */
  readonly event?: string;
  readonly data: unknown;
}

/**
 * Sends the events and ends the response. An error before the first event leaves the response untouched; a later one is
 * sent as the last event, `error`. Rejects in both cases, and when the client goes away; `events` is closed in any case.
 */
export async function sendEvents(res: ExpressResponse, events: AsyncGenerator<ServerEvent, void>): Promise<void> {
  let failure: unknown;
  try {
    const first = await events.next();
    res.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    await pipeline(async function* () {
      try {
        for (let step = first; !step.done; step = await events.next()) yield written(step.value);
      } catch (error) {
        failure = error;
        yield written({ event: 'error', data: { error: publicMessage(error) } });
      }
    }, res);
  } finally {
    await events.return();
  }
  if (failure !== undefined) throw failure;
}

function written({ event, data }: ServerEvent): string {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** The events of a fetched event stream, in order. */
export function readEvents(response: Response): AsyncIterable<EventSourceMessage> {
  if (response.body === null) throw new Error('The response has no body');
  const text = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream());
  return text.pipeThrough(new EventSourceParserStream());
}

/** Aborts when the client goes away before its answer is complete. */
export function clientGone(res: ExpressResponse): AbortSignal {
  const controller = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) controller.abort();
  });
  return controller.signal;
}
