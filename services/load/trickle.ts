// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { SunaClient } from './client.ts';
import type { AgentEntry } from './ledger.ts';
import { healthy, type Mix } from './mix.ts';
import { questionOf } from './plan.ts';

/** Seconds after which something that failed is tried again. */
const pauseAfterFailure = 5;
/** Seconds in which agents are stopped at the end. */
const farewell = 10;
/** Different people that chat, a few at a time. */
const people = 20;

/**
 * Keeps a demonstration alive: people chat, tasks run and agents work until `signal` aborts; then it resolves. A platform that does
 * not answer is asked again.
 */
export async function trickle({
  sunaUrl,
  signal,
  mix = healthy,
}: {
  readonly sunaUrl: string;
  readonly signal: AbortSignal;
  readonly mix?: Mix;
}): Promise<void> {
  const client = new SunaClient(sunaUrl, signal);
  const again = async (action: (turn: number) => Promise<void>) => {
    for (let turn = 0; !signal.aborted; turn += 1) {
      try {
        await action(turn);
      } catch {
        await client.pause(pauseAfterFailure).catch(() => undefined);
      }
    }
  };
  const chat = (lane: number) => async (turn: number) => {
    const place = Math.floor((lane * mix.chats.length) / mix.users) + turn;
    const call = mix.chats[place % mix.chats.length];
    // Not all at once.
    if (turn === 0) await client.pause((lane * mix.pause) / mix.users);
    const user = `user-${((lane + turn * mix.users) % people) + 1}@example.com`;
    if (call) await client.chat(user, { message: questionOf(place), stream: false, pauseSeconds: 0, ...call });
    await client.pause(mix.pause);
  };
  const task = async (turn: number) => {
    const call = mix.tasks[turn % mix.tasks.length];
    // The load does not wait for its end.
    if (call) await client.submit(call);
    await client.pause(mix.taskPause);
  };
  const agents = async () => {
    const running: AgentEntry[] = [];
    try {
      for (const call of mix.agents) running.push(await client.startAgent({ held: false, ...call }));
      await client.pause(mix.agentLife);
    } finally {
      // The signal may have ended every call of the client.
      const last = new SunaClient(sunaUrl, AbortSignal.timeout(farewell * 1000));
      await Promise.allSettled(running.map((agent) => last.stopAgent(agent)));
    }
  };
  await Promise.all([...Array.from({ length: mix.users }, (_, lane) => again(chat(lane))), again(task), again(agents)]);
}
