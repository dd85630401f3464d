// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { healthRoute } from '@onyx-metrics/otel/catalogue';
import type { Express, Router } from 'express';
import { application } from '../http/application.ts';
import { clientGone, type ServerEvent, sendEvents } from '../http/event-stream.ts';
import { answerErrors, describe, parse, Refusal } from '../http/refusal.ts';
import type { Agents } from './agents.ts';
import type { AnswerPiece, Chats } from './chat.ts';
import { agentChange, agentRequest, type ChatEnd, chatRequest, taskRequest } from './requests.ts';
import type { Store } from './store.ts';
import type { Tasks } from './tasks.ts';

export interface Onyx {
  readonly chats: Chats;
  readonly tasks: Tasks;
  readonly agents: Agents;
  readonly store: Store;
  /** Rejects naming the dependency that does not answer. */
  readonly healthy: () => Promise<void>;
  readonly metricsApi: Router;
}

export function createApp({ chats, tasks, agents, store, healthy, metricsApi }: Onyx): Express {
  const app = application();

  app.get(healthRoute, async (_req, res) => {
    try {
      await healthy();
      res.json({ status: 'ok' });
    } catch (error) {
      res.status(503).json({ error: describe(error) });
    }
  });

  app.post('/chat', async (req, res) => {
    const request = parse(chatRequest, req.body);
    const pieces = chats.answer(request, clientGone(res));
    if (request.stream) await sendEvents(res, streamed(pieces));
    else res.json(await whole(pieces));
  });

  app.post('/tasks', async (req, res) => {
    res.status(202).json({ task_id: await tasks.submit(parse(taskRequest, req.body)) });
  });

  app.get('/tasks/:id', async (req, res) => {
    res.json(found(await store.task(req.params.id)));
  });

  app.post('/agents', async (req, res) => {
    res.status(201).json({ agent_id: await agents.start(parse(agentRequest, req.body).agent_type) });
  });

  app.patch('/agents/:id', async (req, res) => {
    found(await agents.change(req.params.id, parse(agentChange, req.body).status));
    res.status(204).end();
  });

  app.delete('/agents/:id', async (req, res) => {
    found(await agents.stop(req.params.id));
    res.status(204).end();
  });

  return app.use('/api/metrics', metricsApi).use(answerErrors);
}

async function whole(pieces: AsyncIterable<AnswerPiece>) {
  let answer = '';
  let end: ChatEnd | undefined;
  for await (const piece of pieces) {
    if ('text' in piece) answer += piece.text;
    else end = piece;
  }
  return { answer, ...end };
}

async function* streamed(pieces: AsyncIterable<AnswerPiece>): AsyncGenerator<ServerEvent, void> {
  for await (const piece of pieces) yield 'text' in piece ? { data: piece } : { event: 'done', data: piece };
}

function found<T>(value: T | undefined | false): T {
  if (value === undefined || value === false) throw new Refusal(404, 'id: not known');
  return value;
}
