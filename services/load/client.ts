// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { readEvents } from '../http/event-stream.ts';
import type { AgentEntry, ChatEntry, TaskEntry } from './ledger.ts';
import type { AgentCall, ChatCall, TaskCall } from './plan.ts';

const chatEnd = z.object({ vector_count: z.int() });
const chatFailure = z.object({ error: z.string() });
const taskCreated = z.object({ task_id: z.string() });
const taskState = z.object({ success: z.boolean().nullable() });
const agentCreated = z.object({ agent_id: z.string() });

/** The longest one call may take, in milliseconds. */
const patience = 60_000;
const pollMilliseconds = 250;

/** A client of Suna that writes down what it sees. Connections are kept alive. */
export class SunaClient {
  readonly #url: string;
  readonly #signal: AbortSignal;

  /**
   * @param url of a Suna on this machine; throws for any other, since a load is no way to treat a stranger
   * @param signal ends every call, which then rejects
   */
  constructor(url: string, signal: AbortSignal) {
    const { hostname } = new URL(url);
    if (!['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
      throw new Error(`${url} is not on this machine: a load goes to the loopback address only`);
    this.#url = url.replace(/\/$/, '');
    this.#signal = AbortSignal.any([signal]);
    // As many calls wait for it as there are users.
    setMaxListeners(0, this.#signal);
  }

  /** Rejects when Suna refuses the call itself; an answer that fails is an entry without success. */
  async chat(user: string, call: ChatCall): Promise<ChatEntry> {
    const start = performance.now();
    const response = await this.#fetch('POST', '/api/chat', {
      message: call.message,
      user_id: user,
      model: call.model,
      stream: call.stream,
      vector_count: call.vectors,
      similarity_threshold: call.threshold,
    });
    const end = await (call.stream ? streamedEnd(response) : plainEnd(response));
    const seconds = (performance.now() - start) / 1000;
    return { user, call, seconds, success: 'vectorCount' in end, ...end };
  }

  /** Resolves to the id of the task, which has not ended. */
  async submit({ taskType, items }: Pick<TaskCall, 'taskType' | 'items'>): Promise<string> {
    const created = await this.#fetch('POST', '/api/tasks', { task_type: taskType, items });
    return taskCreated.parse(await created.json()).task_id;
  }

  /** Resolves when the task has ended. */
  async task(call: TaskCall): Promise<TaskEntry> {
    const start = performance.now();
    const task_id = await this.submit(call);
    for (;;) {
      const { success } = taskState.parse(await (await this.#fetch('GET', `/api/tasks/${task_id}`)).json());
      if (success !== null) return { call, success, seconds: (performance.now() - start) / 1000 };
      await this.pause(pollMilliseconds / 1000);
    }
  }

  async startAgent(call: AgentCall): Promise<AgentEntry> {
    const created = await this.#fetch('POST', '/api/agents', { agent_type: call.agentType });
    const { agent_id: id } = agentCreated.parse(await created.json());
    if (call.status !== 'running') await this.#fetch('PATCH', `/api/agents/${id}`, { status: call.status });
    return { call, id };
  }

  async stopAgent({ id }: AgentEntry): Promise<void> {
    await this.#fetch('DELETE', `/api/agents/${id}`);
  }

  async pause(seconds: number): Promise<void> {
    await setTimeout(seconds * 1000, undefined, { signal: this.#signal });
  }

  /** Rejects for a status of 4xx: then the plan is wrong, and there is nothing to learn from the load. */
  async #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(this.#url + path, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(patience)]),
    });
    if (response.status >= 400 && response.status < 500)
      throw new Error(`Suna refused ${method} ${path}: ${await response.text()}`);
    if (response.status === 204) await response.body?.cancel();
    return response;
  }
}

type End = Pick<ChatEntry, 'vectorCount'> | Pick<ChatEntry, 'failure'>;

function answered(end: unknown): End {
  return { vectorCount: chatEnd.parse(end).vector_count };
}

function failed(end: unknown): End {
  return { failure: chatFailure.parse(end).error };
}

async function plainEnd(response: Response): Promise<End> {
  const end = await response.json();
  return response.ok ? answered(end) : failed(end);
}

async function streamedEnd(response: Response): Promise<End> {
  if (!response.ok) return plainEnd(response);
  let end: End = { failure: 'the stream ended early' };
  for await (const { event, data } of readEvents(response)) {
    if (event === 'done') end = answered(JSON.parse(data));
    if (event === 'error') end = failed(JSON.parse(data));
  }
  return end;
}
