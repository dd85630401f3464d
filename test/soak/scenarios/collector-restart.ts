// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { totals } from '../../../services/load/ledger.ts';
import type { Check, Scenario } from '../scenario.ts';
import { Witness } from '../witness.ts';

/** Seconds the collector is away: more than one export, so that some fail. */
const away = 20;
/** Seconds between two kills. */
const period = 60;
/** Seconds until the last export and the scrape after it have passed, with time to spare. */
const settling = 60;

export const collectorRestart: Scenario = {
  name: 'collector-restart',
  claim: 'A collector that is killed and comes back under load costs no count and makes no counter look reset.',
  async run(stack, minutes, say) {
    const { collector } = stack.processes;
    const began = performance.now();
    const events: { seconds: number; what: string }[] = [];
    const event = (what: string) => {
      const seconds = Math.round((performance.now() - began) / 1000);
      events.push({ seconds, what });
      say(`${seconds} s: ${what}`);
    };
    const witness = new Witness(stack.urls.suna, 4, 1);
    while ((performance.now() - began) / 60_000 < minutes) {
      await setTimeout((period - away) * 1000);
      await collector.stop('SIGKILL');
      event('collector killed');
      await setTimeout(away * 1000);
      await collector.start();
      event('collector back');
    }
    await witness.stop();
    event('load ended');

    const query = async (expression: string): Promise<number> => {
      const url = `${stack.urls.prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`;
      const { data } = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
      return Number(data.result[0]?.value[1] ?? Number.NaN);
    };
    const truth = totals({ chats: witness.chats, tasks: witness.tasks, agents: [] });
    const range = `[${Math.ceil((performance.now() - began) / 1000 + settling)}s]`;
    const exact = (what: string, expected: number, expression: string) => async (): Promise<Check> => {
      const found = await query(expression);
      return { what, expected, found, passed: found === expected };
    };
    const checks = [
      exact('chats', truth.chats, 'sum(onyx_chat_duration_seconds_count)'),
      exact('failed chats', truth.failedChats, 'sum(onyx_chat_duration_seconds_count{success="false"})'),
      exact('retrievals', truth.searches, 'sum(onyx_rag_retrieval_duration_seconds_count)'),
      exact('tasks', truth.tasks, 'sum(onyx_task_completion_total)'),
      exact('failed tasks', truth.failedTasks, 'sum(onyx_task_completion_total{success="false"})'),
      async (): Promise<Check> => {
        const [expected, found] = [truth.chatSeconds, await query('sum(onyx_chat_duration_seconds_sum)')];
        return { what: 'chat seconds, within 5 %', expected, found, passed: Math.abs(found / expected - 1) <= 0.05 };
      },
      exact('chat counters that look reset', 0, `sum(resets(onyx_chat_duration_seconds_count${range}))`),
      exact('task counters that look reset', 0, `sum(resets(onyx_task_completion_total${range}))`),
    ];

    const deadline = performance.now() + settling * 1000;
    for (;;) {
      const results = await Promise.all(checks.map((check) => check()));
      if (results.every(({ passed }) => passed) || performance.now() > deadline) return { events, checks: results };
      await setTimeout(1000);
    }
  },
};
