// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { type AgentChange, type AgentRequest, agentRequest, type TaskRequest, taskRequest } from '../onyx/requests.ts';

/** What a load consists of, known before it runs: the same calls in every run. */
export interface Plan {
  readonly users: readonly UserPlan[];
  readonly tasks: readonly TaskCall[];
  readonly agents: readonly AgentCall[];
}

interface UserPlan {
  readonly user: string;
  /** One after the other. */
  readonly chats: readonly ChatCall[];
}

export interface ChatCall {
  /** Time to think before the call. */
  readonly pauseSeconds: number;
  readonly model: string;
  readonly message: string;
  readonly stream: boolean;
  /** How many vectors to ask for. */
  readonly vectors: number;
  readonly threshold?: number;
}

export interface TaskCall {
  /** When the call is made, from the start of the load. */
  readonly afterSeconds: number;
  readonly taskType: TaskRequest['task_type'];
  /** None makes the task fail. */
  readonly items: number;
}

export interface AgentCall {
  readonly agentType: AgentRequest['agent_type'];
  readonly status: AgentChange['status'];
  /** Whether the agent is still there when the load has ended. */
  readonly held: boolean;
}

type Chat = Pick<ChatCall, 'model' | 'vectors' | 'threshold'> & { readonly message?: string };

/**
 * Chats whose duration is the delay of their model and of the reranker, which grows with the number of vectors. Together they fall into
 * every bucket of both histograms (a test adds the delays up).
 */
export const chats = {
  brief: { model: 'mock-fast', vectors: 3 },
  narrow: { model: 'mock-fast', vectors: 8, threshold: 0.3 },
  narrower: { model: 'mock-fast', vectors: 8, threshold: 0.5 },
  wide: { model: 'mock-fast', vectors: 150 },
  empty: { model: 'mock-fast', vectors: 8, threshold: 0.9, message: 'Which orchestra plays for zebras?' },
  usual: { model: 'mock-chat', vectors: 8 },
  detailed: { model: 'mock-chat', vectors: 15 },
  large: { model: 'mock-large', vectors: 3 },
  broad: { model: 'mock-large', vectors: 50 },
  deep: { model: 'mock-reasoning', vectors: 80 },
  research: { model: 'mock-research', vectors: 8 },
  /** Two that fail: a model the proxy no longer has, and one whose provider answers nothing. */
  retired: { model: 'mock-retired', vectors: 3 },
  broken: { model: 'mock-broken', vectors: 3 },
} as const satisfies Readonly<Record<string, Chat>>;

type ChatKind = keyof typeof chats;

/** People keep to a model or two; this also keeps the number of series what it is on a real platform. */
const habits: readonly { readonly users: number; readonly chats: readonly ChatKind[] }[] = [
  { users: 4, chats: ['brief', 'narrow', 'wide', 'narrower', 'brief'] },
  { users: 4, chats: ['brief', 'empty', 'narrow', 'empty', 'brief'] },
  { users: 5, chats: ['usual', 'detailed', 'usual', 'detailed', 'usual'] },
  { users: 3, chats: ['large', 'broad', 'large', 'broad', 'large'] },
  { users: 2, chats: ['research', 'broken', 'retired', 'research', 'brief'] },
  // Who waits longest for answers comes last: the last two think least.
  { users: 2, chats: ['deep', 'deep', 'deep', 'deep', 'deep'] },
];

const questions = [
  'How do I repair a nightly backup of the database?',
  'Who may delete an expired workspace invitation?',
  'Can I schedule the export of a shared report?',
  'Why was the webhook delivery a duplicate?',
  'How is a foreign invoice verified before payment?',
];

const taskTypes = taskRequest.shape.task_type.options;
const agentTypes = agentRequest.shape.agent_type.options;
/** For under a second, some seconds, and a failure. */
const taskItems = [8, 40, 0];

/** 20 users at once with five chats each, tasks and agents of every type; it takes about half a minute. */
export function makePlan(): Plan {
  const habitOfUser = habits.flatMap((habit) => Array.from({ length: habit.users }, () => habit));
  return {
    users: habitOfUser.map((habit, u) => ({
      user: `user-${u + 1}@example.com`,
      chats: habit.chats.map((kind, c) => chatCall(kind, u, c)),
    })),
    tasks: taskTypes
      .flatMap((taskType) => taskItems.map((items) => ({ taskType, items })))
      .concat({ taskType: 'research', items: 240 })
      .map((task, afterSeconds) => ({ afterSeconds, ...task })),
    agents: agentTypes.flatMap((agentType, index): AgentCall[] => [
      { agentType, status: 'running', held: true },
      // One that waits is held as well.
      { agentType, status: 'waiting', held: index === 0 },
    ]),
  };
}

/** One of the questions, in turn. */
export function questionOf(turn: number): string {
  return questions[turn % questions.length] ?? '';
}

function chatCall(kind: ChatKind, user: number, turn: number): ChatCall {
  return {
    message: questionOf(user + turn),
    ...chats[kind],
    stream: (user + turn) % 2 === 0,
    // Users start within two seconds and think for one to five: together, but not in step.
    pauseSeconds: turn === 0 ? (user % 10) / 5 : 1 + ((user * 7 + turn * 3) % 9) / 2,
  };
}
