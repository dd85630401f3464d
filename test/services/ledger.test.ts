// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { type ChatEntry, totals } from '../../services/load/ledger.ts';
import type { ChatCall } from '../../services/load/plan.ts';

const call: ChatCall = { pauseSeconds: 0, model: 'mock-fast', message: 'Why?', stream: false, vectors: 3 };

test('totals count a failed chat as a search and a model call, and an empty one as a search only', () => {
  const chats: ChatEntry[] = [
    { user: 'a', call, success: true, seconds: 0.25, vectorCount: 3 },
    { user: 'a', call, success: true, seconds: 0.5, vectorCount: 0 },
    { user: 'b', call, success: false, seconds: 1 },
  ];
  const tasks = [{ call: { afterSeconds: 0, taskType: 'ingest', items: 0 }, success: false, seconds: 0.1 }] as const;
  const agents = [
    { call: { agentType: 'chat', status: 'running', held: true }, id: '1' },
    { call: { agentType: 'chat', status: 'running', held: false }, id: '2' },
  ] as const;

  expect(totals({ chats, tasks, agents })).toEqual({
    chats: 3,
    failedChats: 1,
    chatSeconds: 1.75,
    searches: 3,
    modelCalls: 2,
    users: 2,
    tasks: 1,
    failedTasks: 1,
    heldAgents: 1,
    agentRuns: 4,
  });
});
