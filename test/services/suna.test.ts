// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import express, { type Express } from 'express';
import { expect, test } from 'vitest';
import { createApp } from '../../services/suna/app.ts';
import { OnyxClient } from '../../services/suna/onyx.ts';
import { listening } from './listening.ts';

const chat = { message: 'Why?', user_id: 'ada@example.com', model: 'mock-fast' };

/** Suna before an Onyx that is as given. */
async function suna(onyx: Express = express()): Promise<string> {
  return listening(createApp(new OnyxClient(await listening(onyx))));
}

function post(url: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
    signal: signal ?? null,
  });
}

test.each([
  ['nothing', '', 'message: '],
  ['no JSON', '{"user_id": "ada@example.com', 'body: not valid JSON'],
  ['an empty message', { ...chat, message: '' }, 'message: '],
  ['a message beyond 4000 characters', { ...chat, message: 'x'.repeat(4001) }, 'message: '],
  ['a model that is no name', { ...chat, model: 'a b' }, 'model: '],
  ['no vectors to ask for', { ...chat, vector_count: 0 }, 'vector_count: '],
  ['a threshold above 1', { ...chat, similarity_threshold: 1.5 }, 'similarity_threshold: '],
  ['a field nobody knows', { ...chat, vectors: 3 }, 'body: '],
])('a chat with %s is refused with one clear message that quotes no personal data', async (_, body, message) => {
  const response = await post(`${await suna()}/api/chat`, body);
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: string };
  expect(error).toMatch(new RegExp(`^${message}[^\n]*$`));
  expect(error).not.toContain('ada@example.com');
});

test('a plain answer comes back as Onyx gave it', async () => {
  const answer = { answer: 'Because.', vector_count: 1, sources: [{ id: 1, score: 0.5 }] };
  const onyx = express().use(express.json());
  onyx.post('/chat', (req, res) => void res.json({ ...answer, asked: req.body.message }));
  const response = await post(`${await suna(onyx)}/api/chat`, chat);
  expect(await response.json()).toEqual({ ...answer, asked: 'Why?' });
});

test('a streamed answer is passed on as it comes', async () => {
  let finish = () => {};
  const onyx = express();
  onyx.post('/chat', (_req, res) => {
    res.type('text/event-stream').write('data: {"text":"Be"}\n\n');
    finish = () => res.end('event: done\ndata: {"vector_count":1}\n\n');
  });
  const response = await post(`${await suna(onyx)}/api/chat`, { ...chat, stream: true });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('data: {"text":"Be"}\n\n');
  finish();
  expect((await reader?.read())?.value).toBe('event: done\ndata: {"vector_count":1}\n\n');
});

test('a streamed answer that breaks off ends with an error event', async () => {
  const onyx = express();
  onyx.post('/chat', (_req, res) => void res.type('text/event-stream').end('data: {"text":"Be"}\n\n'));
  const response = await post(`${await suna(onyx)}/api/chat`, { ...chat, stream: true });
  expect(await response.text()).toMatch(/event: error\ndata: \{"error":"the answer broke off"\}\n\n$/);
});

test('a streamed answer that fails ends with the error of Onyx, once', async () => {
  const failed = 'data: {"text":"Be"}\n\nevent: error\ndata: {"error":"model: gone"}\n\n';
  const onyx = express();
  onyx.post('/chat', (_req, res) => void res.type('text/event-stream').end(failed));
  const response = await post(`${await suna(onyx)}/api/chat`, { ...chat, stream: true });
  expect(await response.text()).toBe(failed);
});

test.each([true, false])('a client that goes away takes its call to Onyx with it (streamed: %s)', async (stream) => {
  const state = { called: false, left: false };
  const onyx = express();
  onyx.post('/chat', (_req, res) => {
    state.called = true;
    res.once('close', () => {
      state.left = true;
    });
  });
  const leaving = new AbortController();
  const call = post(`${await suna(onyx)}/api/chat`, { ...chat, stream }, leaving.signal);
  await expect.poll(() => state.called).toBe(true);
  leaving.abort();
  await expect(call).rejects.toThrow('aborted');
  await expect.poll(() => state.left).toBe(true);
});

test('a failure of the model comes back with its status and message', async () => {
  const onyx = express();
  onyx.post('/chat', (_req, res) => void res.status(502).json({ error: 'model: mock-fast failed with status 500' }));
  const response = await post(`${await suna(onyx)}/api/chat`, chat);
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({ error: 'model: mock-fast failed with status 500' });
});

test('without Onyx a chat fails and health says so', async () => {
  const url = await listening(createApp(new OnyxClient('http://127.0.0.1:1')));
  expect(await (await post(`${url}/api/chat`, chat)).json()).toEqual({ error: 'Onyx does not answer' });
  expect((await fetch(`${url}/health`)).status).toBe(502);
});

test('a path that no URL can have is refused as such', async () => {
  const response = await fetch(`${await suna()}/api/tasks/%ff`);
  expect({ status: response.status, body: await response.json() }).toEqual({
    status: 400,
    body: { error: 'path: not valid in a URL' },
  });
});

test('an id that is none never reaches Onyx', async () => {
  let reached = false;
  const onyx = express().use((_req, res) => {
    reached = true;
    res.end();
  });
  const response = await fetch(`${await suna(onyx)}/api/agents/%2e%2e%2fhealth`, { method: 'DELETE' });
  expect(response.status).toBe(400);
  expect(reached).toBe(false);
});
