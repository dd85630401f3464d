// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { agentRuns, chat, type RunningAgent, toolCalls } from '@onyx-metrics/otel';
import { healthRoute } from '@onyx-metrics/otel/catalogue';
import type { Express, Request, Response } from 'express';
import { application } from '../http/application.ts';
import { clientGone, readEvents, type ServerEvent, sendEvents } from '../http/event-stream.ts';
import { answerErrors, parse, Refusal } from '../http/refusal.ts';
import { agentRequest, chatRequest } from '../onyx/requests.ts';
import type { OnyxClient } from './onyx.ts';

/** The agent that answers chats. */
const agent = 'assistant';

/** The platform's front end: takes chats and passes tasks and agents on to Onyx. */
export function createApp(onyx: OnyxClient): Express {
  const app = application();

  app.get(healthRoute, async (_req, res) => {
    const answer = await onyx.send('GET', healthRoute, undefined, AbortSignal.timeout(5000));
    res.status(answer.status).json(await answer.json());
  });

  app.post('/api/chat', async (req, res) => {
    const request = parse(chatRequest, req.body);
    const ask = () =>
      toolCalls.measure({ tool: 'ask_documents', agent }, async () => {
        const answer = await onyx.send('POST', '/chat', request, clientGone(res));
        if (!answer.ok) throw new Refusal(answer.status, await errorOf(answer));
        if (request.stream) await sendEvents(res, relay(answer));
        else res.json(await answer.json());
      });
    await chat.measure({ model: request.model, userId: request.user_id }, () => agentRuns.measure({ agent }, ask));
  });

  /** Returns what was answered, unless that it cannot be done. */
  const passOn = async (req: Request, res: Response): Promise<string | undefined> => {
    const answer = await onyx.send(req.method, req.path.slice('/api'.length), req.body);
    const text = await answer.text();
    res.status(answer.status).type('json').send(text);
    return answer.ok ? text : undefined;
  };
  const passed = async (req: Request, res: Response) => void (await passOn(req, res));
  app.post('/api/tasks', passed);
  app.get('/api/tasks/:id', passed);
  app.patch('/api/agents/:id', passed);

  /** Agents that were started here and still run, by their id. */
  const runs = new Map<string, RunningAgent>();
  app.post('/api/agents', async (req, res) => {
    const { agent_type } = parse(agentRequest, req.body);
    const run = agentRuns.start({ agent: agent_type });
    const created = await passOn(req, res);
    if (created !== undefined) runs.set(JSON.parse(created).agent_id, run);
  });
  app.delete('/api/agents/:id', async (req, res) => {
    if ((await passOn(req, res)) === undefined) return;
    runs.get(req.params.id)?.end();
    runs.delete(req.params.id);
  });

  return app.use(answerErrors);
}

/** Passes an answer's events on as they come. Throws when the answer failed or has no end. */
async function* relay(answer: globalThis.Response): AsyncGenerator<ServerEvent, void> {
  let done = false;
  // To the end of the body: a call that is left before counts as aborted.
  for await (const { event, data } of readEvents(answer)) {
    const content = JSON.parse(data);
    if (event === 'error') throw new Refusal(502, content.error);
    yield event === undefined ? { data: content } : { event, data: content };
    done ||= event === 'done';
  }
  if (!done) throw new Refusal(502, 'the answer broke off');
}

async function errorOf(answer: globalThis.Response): Promise<string> {
  const { error } = (await answer.json()) as { error?: string };
  return error ?? `Onyx answered ${answer.status}`;
}
