// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { runLoad } from '../../services/load/driver.ts';
import { failures } from '../../services/load/ledger.ts';
import { makePlan } from '../../services/load/plan.ts';
import { createApp } from '../../services/suna/app.ts';
import { OnyxClient } from '../../services/suna/onyx.ts';
import { listening } from './listening.ts';

test.each(['http://example.com', 'http://192.0.2.1:3000'])('a load against %s is refused', async (sunaUrl) => {
  await expect(runLoad({ sunaUrl, plan: makePlan() })).rejects.toThrow('loopback address only');
});

test('chats that fail are in the ledger, with the time they took and the reason Suna gave', async () => {
  const sunaUrl = await listening(createApp(new OnyxClient('http://127.0.0.1:1')));
  const chat = { pauseSeconds: 0, model: 'mock-fast', message: 'Why?', vectors: 3 };
  const plan = {
    users: [
      {
        user: 'a',
        chats: [
          { ...chat, stream: true },
          { ...chat, stream: false },
        ],
      },
    ],
    tasks: [],
    agents: [],
  };
  const ledger = await runLoad({ sunaUrl, plan });
  const { chats } = ledger;
  expect([...failures(ledger)]).toEqual([['Onyx does not answer', 2]]);
  expect(chats.map(({ success, seconds }) => [success, seconds > 0 && seconds < 5])).toEqual([
    [false, true],
    [false, true],
  ]);
});

test('a call that Suna refuses ends the load', async () => {
  const sunaUrl = await listening(createApp(new OnyxClient('http://127.0.0.1:1')));
  const wrong = { pauseSeconds: 0, model: 'mock-fast', message: '', vectors: 3, stream: false };
  const waiting = { ...wrong, pauseSeconds: 100, message: 'Why?' };
  const plan = { users: [wrong, waiting].map((chat) => ({ user: 'a', chats: [chat] })), tasks: [], agents: [] };
  await expect(runLoad({ sunaUrl, plan })).rejects.toThrow('Suna refused POST /api/chat');
});

test('a load ends when it is told to', async () => {
  const sunaUrl = await listening(createApp(new OnyxClient('http://127.0.0.1:1')));
  const plan = {
    users: [
      { user: 'a', chats: [{ pauseSeconds: 100, model: 'mock-fast', message: 'Why?', vectors: 3, stream: false }] },
    ],
    tasks: [],
    agents: [],
  };
  await expect(runLoad({ sunaUrl, plan, signal: AbortSignal.timeout(50) })).rejects.toThrow('aborted');
});

test('a load that takes too long says how far it came, and which tasks had not ended', async () => {
  const sunaUrl = await listening(createApp(new OnyxClient('http://127.0.0.1:1')));
  const chat = { pauseSeconds: 0, model: 'mock-fast', message: 'Why?', vectors: 3, stream: false };
  const plan = {
    users: [{ user: 'a', chats: [chat] }],
    tasks: [{ afterSeconds: 100, taskType: 'ingest' as const, items: 1 }],
    agents: [],
  };
  await expect(runLoad({ sunaUrl, plan, limit: 1000 })).rejects.toThrow(
    'not over after 1 s: 1 of 2 calls had ended; tasks that had not: ingest',
  );
});
