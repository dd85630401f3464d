// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import type { AgentCall, ChatCall, TaskCall } from './plan.ts';

/** What a client saw of one chat. */
export interface ChatEntry {
  readonly user: string;
  readonly call: ChatCall;
  readonly success: boolean;
  /** From the call to the end of the answer, by the client's clock. */
  readonly seconds: number;
  /** Vectors the answer was made from; absent when there was no answer. */
  readonly vectorCount?: number;
  /** What Suna said was wrong, of a chat without success. */
  readonly failure?: string;
}

export interface TaskEntry {
  readonly call: TaskCall;
  readonly success: boolean;
  /** From the call until the client saw the task ended, a quarter of a second late at most. */
  readonly seconds: number;
}

export interface AgentEntry {
  readonly call: AgentCall;
  readonly id: string;
}

/** The truth about a load: what its clients saw, written down by them alone. */
export interface Ledger {
  readonly chats: readonly ChatEntry[];
  readonly tasks: readonly TaskEntry[];
  readonly agents: readonly AgentEntry[];
}

export interface Totals {
  readonly chats: number;
  readonly failedChats: number;
  /** Sum over all chats, failed ones too. */
  readonly chatSeconds: number;
  /** Every chat searches once. */
  readonly searches: number;
  /** Chats for which a model was asked: those with something to answer from. */
  readonly modelCalls: number;
  readonly users: number;
  readonly tasks: number;
  readonly failedTasks: number;
  readonly heldAgents: number;
  /** Agents that were stopped, and one for each chat. */
  readonly agentRuns: number;
}

export function totals({ chats, tasks, agents }: Ledger): Totals {
  return {
    chats: chats.length,
    failedChats: chats.filter(({ success }) => !success).length,
    chatSeconds: chats.reduce((sum, { seconds }) => sum + seconds, 0),
    searches: chats.length,
    modelCalls: chats.filter(({ vectorCount }) => vectorCount !== 0).length,
    users: new Set(chats.map(({ user }) => user)).size,
    tasks: tasks.length,
    failedTasks: tasks.filter(({ success }) => !success).length,
    heldAgents: agents.filter(({ call }) => call.held).length,
    agentRuns: chats.length + agents.filter(({ call }) => !call.held).length,
  };
}

/** How many chats failed for each reason: models fail now and then on purpose, anything else may explain what is missing. */
export function failures({ chats }: Ledger): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { failure } of chats) if (failure !== undefined) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  return counts;
}
