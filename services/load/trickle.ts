// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { SunaClient } from './client.ts';
import type { AgentEntry } from './ledger.ts';
import { makePlan } from './plan.ts';

/** A chat begins about this often, in seconds. */
const pause = 1;
const pauseAfterFailure = 5;

/**
 * Keeps a demonstration alive: one chat at a time, now and then a task, a few agents, until `signal` aborts; then it
 * resolves. A platform that does not answer is asked again.
 */
export async function trickle({ sunaUrl, signal }: { sunaUrl: string; signal: AbortSignal }): Promise<void> {
  const client = new SunaClient(sunaUrl, signal);
  const { users, tasks, agents } = makePlan();
  while (!signal.aborted) {
    const running: AgentEntry[] = [];
    try {
      for (const call of agents) running.push(await client.startAgent(call));
      for (const [turn, call] of tasks.entries()) {
        await client.task(call);
        for (const { user, chats } of users) {
          const chat = chats[turn % chats.length];
          if (chat !== undefined) await client.chat(user, chat);
          await client.pause(pause);
        }
      }
    } catch {
      await client.pause(pauseAfterFailure).catch(() => undefined);
    } finally {
      await Promise.allSettled(running.map((agent) => client.stopAgent(agent)));
    }
  }
}
