// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import express from 'express';
import { afterAll, expect, test, vi } from 'vitest';
import { MemoryProvider } from '../otel/helpers/memory-provider.ts';
import { listening } from './listening.ts';

// Recorders bind to the provider they find when they are loaded.
const provider = new MemoryProvider();
const { createApp } = await import('../../services/suna/app.ts');
const { OnyxClient } = await import('../../services/suna/onyx.ts');
afterAll(() => provider.shutdown());

const done = 'event: done\ndata: {"vector_count":1}\n\n';
const failed = 'event: error\ndata: {"error":"model: failed"}\n\n';

/** The outcomes recorded for a model. */
async function outcomes(model: string): Promise<unknown[]> {
  const points = await provider.histogram('onyx_chat_duration_seconds');
  return points
    .filter(({ attributes }) => attributes.model === model)
    .flatMap(({ attributes, value }) => new Array(value.count).fill(attributes.success));
}

test.each([
  ['whole', false, 200, '{"answer":"Because."}', ['true']],
  ['streamed', true, 200, `data: {"text":"Be"}\n\n${done}`, ['true']],
  ['failed', false, 502, '{"error":"model: failed"}', ['false']],
  ['broken', true, 200, 'data: {"text":"Be"}\n\n', ['false']],
  ['failed-late', true, 200, `data: {"text":"Be"}\n\n${failed}`, ['false']],
])(
  'a chat whose answer is %s (streamed: %s) is recorded once with its outcome',
  async (model, stream, status, body, expected) => {
    const onyx = express();
    onyx.post(
      '/chat',
      (_req, res) =>
        void res
          .status(status)
          .type(stream ? 'text/event-stream' : 'json')
          .send(body),
    );
    await ask(await listening(onyx), { model, stream });
    await vi.waitFor(async () => expect(await outcomes(model)).toEqual(expected));
  },
);

test('a chat that its client abandons is recorded without success', async () => {
  const leaving = new AbortController();
  const onyx = express();
  onyx.post('/chat', () => leaving.abort());
  await expect(ask(await listening(onyx), { model: 'abandoned', stream: true }, leaving.signal)).rejects.toThrow(
    'aborted',
  );
  await vi.waitFor(async () => expect(await outcomes('abandoned')).toEqual(['false']));
});

test('an agent that is started and stopped is one run, and each chat is a run that calls a tool', async () => {
  const id = randomUUID();
  const onyx = express();
  onyx.post('/agents', (_req, res) => void res.status(201).json({ agent_id: id }));
  onyx.delete('/agents/:id', (_req, res) => void res.status(204).end());
  const suna = await listening(createApp(new OnyxClient(await listening(onyx))));
  const headers = { 'content-type': 'application/json' };
  await fetch(`${suna}/api/agents`, { method: 'POST', headers, body: '{"agent_type":"research"}' });
  const of = (name: string, points: Awaited<ReturnType<typeof provider.histogram>>) =>
    points.filter(({ attributes }) => attributes['gen_ai.agent.name'] === name);
  const count = (points: Awaited<ReturnType<typeof provider.histogram>>) =>
    points.reduce((sum, { value }) => sum + value.count, 0);
  const runs = () => provider.histogram('gen_ai.invoke_agent.duration');
  expect(count(of('research', await runs()))).toBe(0);
  for (let times = 0; times < 2; times += 1) await fetch(`${suna}/api/agents/${id}`, { method: 'DELETE' });
  expect(count(of('research', await runs()))).toBe(1);
  const chats = count(await provider.histogram('onyx_chat_duration_seconds'));
  expect(count(of('assistant', await runs()))).toBe(chats);
  expect(count(await provider.histogram('gen_ai.execute_tool.duration'))).toBe(chats);
});

test('what is refused was no chat', async () => {
  await ask(await listening(express()), { model: 'not a name', stream: false });
  expect(await outcomes('not a name')).toEqual([]);
});

async function ask(onyxUrl: string, chat: { model: string; stream: boolean }, signal?: AbortSignal): Promise<string> {
  const suna = await listening(createApp(new OnyxClient(onyxUrl)));
  const response = await fetch(`${suna}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'Why?', user_id: 'ada', ...chat }),
    signal: signal ?? null,
  });
  return response.text();
}
