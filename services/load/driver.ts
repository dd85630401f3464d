// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { SunaClient } from './client.ts';
import type { ChatEntry, Ledger, TaskEntry } from './ledger.ts';
import type { Plan } from './plan.ts';

export interface LoadOptions {
  readonly sunaUrl: string;
  readonly plan: Plan;
  /** Ends the load, which then rejects. */
  readonly signal?: AbortSignal;
  /** No load goes on for longer, in milliseconds. */
  readonly limit?: number;
  /** Called after each chat and task with how many of them have ended, and of how many. */
  readonly onProgress?: (ended: number, all: number) => void;
}

/** Drives the plan with all its users at once, and resolves to what they saw when the last task has ended. */
export async function runLoad({ sunaUrl, plan, signal, limit = 180_000, onProgress }: LoadOptions): Promise<Ledger> {
  const stopped = new AbortController();
  const late = AbortSignal.timeout(limit);
  const signals = [stopped.signal, late, ...(signal === undefined ? [] : [signal])];
  const client = new SunaClient(sunaUrl, AbortSignal.any(signals));

  const chats: ChatEntry[] = [];
  const tasks: TaskEntry[] = [];
  const all = plan.users.reduce((sum, user) => sum + user.chats.length, plan.tasks.length);
  const progress = () => onProgress?.(chats.length + tasks.length, all);

  try {
    const agents = await Promise.all(plan.agents.map((call) => client.startAgent(call)));
    await Promise.all([
      ...plan.users.map(async ({ user, chats: calls }) => {
        for (const call of calls) {
          await client.pause(call.pauseSeconds);
          chats.push(await client.chat(user, call));
          progress();
        }
      }),
      ...plan.tasks.map(async (call) => {
        await client.pause(call.afterSeconds);
        tasks.push(await client.task(call));
        progress();
      }),
    ]);
    await Promise.all(agents.filter(({ call }) => !call.held).map((agent) => client.stopAgent(agent)));
    return { chats, tasks, agents };
  } catch (error) {
    // One user's failure ends the others too.
    stopped.abort(error);
    if (!late.aborted) throw error;
    const taskTypes = plan.tasks
      .filter((call) => !tasks.some((task) => task.call === call))
      .map(({ taskType }) => taskType);
    throw new Error(
      `the load was not over after ${limit / 1000} s: ${chats.length + tasks.length} of ${all} calls had ended; tasks that had not: ${taskTypes.join(', ') || 'none'}`,
      { cause: error },
    );
  }
}
