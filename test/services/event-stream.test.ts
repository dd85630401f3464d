// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import express from 'express';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { clientGone, readEvents, type ServerEvent, sendEvents } from '../../services/http/event-stream.ts';
import { answerErrors, Refusal } from '../../services/http/refusal.ts';
import { listening } from './listening.ts';

function serving(events: (signal: AbortSignal) => AsyncGenerator<ServerEvent, void>): Promise<string> {
  const app = express();
  app.get('/', (_req, res) => sendEvents(res, events(clientGone(res))));
  return listening(app.use(answerErrors));
}

async function read(url: string) {
  const seen: unknown[] = [];
  for await (const { event, data } of readEvents(await fetch(url))) seen.push([event, JSON.parse(data)]);
  return seen;
}

describe('an event stream', () => {
  test('arrives in order, line breaks and all', async () => {
    const url = await serving(async function* () {
      yield { data: { text: 'one\n\ntwo' } };
      yield { event: 'done', data: { n: 1 } };
    });
    expect(await read(url)).toEqual([
      [undefined, { text: 'one\n\ntwo' }],
      ['done', { n: 1 }],
    ]);
  });

  test('that fails before its first event is an ordinary error', async () => {
    // biome-ignore lint/correctness/useYield: it fails first.
    const url = await serving(async function* () {
      throw new Refusal(502, 'model: gone');
    });
    const response = await fetch(url);
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({ error: 'model: gone' });
  });

  test('that fails later ends with an error event that tells only what a caller may know', async () => {
    const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => log.mockRestore());
    const url = await serving(async function* () {
      yield { data: 1 };
      throw new Error('password is hunter2');
    });
    expect(await read(url)).toEqual([
      [undefined, 1],
      ['error', { error: 'internal error' }],
    ]);
  });

  test('is closed when the client goes away', async () => {
    let closed = false;
    const url = await serving(async function* (signal) {
      try {
        yield { data: 1 };
        await once(signal, 'abort');
      } finally {
        closed = true;
      }
    });
    const leaving = new AbortController();
    const response = await fetch(url, { signal: leaving.signal });
    for await (const _ of readEvents(response)) break;
    leaving.abort();
    await expect.poll(() => closed).toBe(true);
  });
});
