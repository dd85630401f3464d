// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { type AgentCall, type ChatCall, chats, type TaskCall } from './plan.ts';

/** What people do all the time, for a demonstration that goes on. */
export interface Mix {
  /** Chats at the same time, at most. */
  readonly users: number;
  /** Seconds between the end of a chat and the next one of the same user. */
  readonly pause: number;
  /** Everybody goes round them, each from another place. */
  readonly chats: readonly MixedChat[];
  /** Tasks go round as well. */
  readonly tasks: readonly Pick<TaskCall, 'taskType' | 'items'>[];
  /** Seconds between the starts of two tasks. */
  readonly taskPause: number;
  readonly agents: readonly Omit<AgentCall, 'held'>[];
  /** Seconds an agent lives. */
  readonly agentLife: number;
}

type MixedChat = Pick<ChatCall, 'model' | 'vectors' | 'threshold'> & Partial<Pick<ChatCall, 'message' | 'stream'>>;

const { brief, narrow, usual, detailed, large, broad, empty, deep } = chats;
/** Mocks say nothing until their delay is over: only of the quickest one the first piece comes as soon as people expect it. */
const streamed = { ...brief, stream: true };

/** A healthy platform: no limit of a board is reached, and each model is called, one of them seldom. */
export const healthy: Mix = {
  users: 8,
  pause: 4,
  chats: [
    ...[streamed, usual, narrow, large, streamed, detailed, streamed, usual, brief, large],
    ...[streamed, usual, narrow, large, streamed, detailed, streamed, usual, brief, broad],
    ...[streamed, usual, narrow, large, streamed, detailed, streamed, usual, brief, large],
    ...[streamed, usual, empty, large, streamed, detailed, streamed, usual, brief, { ...deep, vectors: 8 }],
  ],
  tasks: [
    { taskType: 'ingest', items: 8 },
    { taskType: 'summarize', items: 40 },
    { taskType: 'export', items: 12 },
    { taskType: 'research', items: 100 },
  ],
  taskPause: 5,
  agents: [
    { agentType: 'chat', status: 'running' },
    { agentType: 'chat', status: 'running' },
    { agentType: 'research', status: 'running' },
    { agentType: 'research', status: 'running' },
    { agentType: 'research', status: 'waiting' },
    { agentType: 'ingest', status: 'running' },
  ],
  agentLife: 60,
};
