// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { totals } from '../../../services/load/ledger.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { check, type Scenario } from '../scenario.ts';
import { Timeline } from '../timeline.ts';
import { Witness } from '../witness.ts';

/** Seconds the collector is away, in turns: more than one export, so that some fail; and so few that no scrape need fail. */
const absences = [20, 0];
/** Seconds between two kills. */
const period = 60;
/** Seconds until the last export and the scrape after it have passed, with time to spare. */
const settling = 60;

export const collectorRestart: Scenario = {
  name: 'collector-restart',
  claim:
    'A collector that is killed and comes back under load costs no count, makes no counter look reset, and no service look down.',
  async run(stack, minutes, say) {
    const { collector } = stack.processes;
    const timeline = new Timeline(say);
    const witness = new Witness(stack.urls.suna, 4, 1);
    for (let turn = 0; timeline.seconds < minutes * 60; turn += 1) {
      const away = absences[turn % absences.length] ?? 0;
      await setTimeout((period - away) * 1000);
      await collector.stop('SIGKILL');
      timeline.note('collector killed');
      await setTimeout(away * 1000);
      await collector.start();
      timeline.note('collector back');
    }
    await witness.stop();
    timeline.note('load ended');

    const prometheus = new PrometheusApi(stack.urls.prometheus);
    const truth = totals({ chats: witness.chats, tasks: witness.tasks, agents: [] });
    const range = `[${Math.ceil(timeline.seconds + settling)}s]`;
    const exact = (what: string, expected: number, expression: string) => async () =>
      check(what, expected, await prometheus.scalar(expression));
    const checks = [
      exact('chats', truth.chats, 'sum(onyx_chat_duration_seconds_count)'),
      exact('failed chats', truth.failedChats, 'sum(onyx_chat_duration_seconds_count{success="false"})'),
      exact('retrievals', truth.searches, 'sum(onyx_rag_retrieval_duration_seconds_count)'),
      exact('tasks', truth.tasks, 'sum(onyx_task_completion_total)'),
      exact('failed tasks', truth.failedTasks, 'sum(onyx_task_completion_total{success="false"})'),
      async () => {
        const [expected, found] = [truth.chatSeconds, await prometheus.scalar('sum(onyx_chat_duration_seconds_sum)')];
        return check('chat seconds, within 5 %', expected, found, Math.abs(found / expected - 1) <= 0.05);
      },
      exact(
        'lowest onyx:service_up',
        1,
        `min(min_over_time(onyx:service_up[${Math.ceil(timeline.seconds - period / 2)}s]))`,
      ),
      exact('chat counters that look reset', 0, `sum(resets(onyx_chat_duration_seconds_count${range}))`),
      exact('task counters that look reset', 0, `sum(resets(onyx_task_completion_total${range}))`),
    ];

    const deadline = performance.now() + settling * 1000;
    for (;;) {
      const results = await Promise.all(checks.map((check) => check()));
      if (results.every(({ passed }) => passed) || performance.now() > deadline)
        return { events: timeline.events, checks: results };
      await setTimeout(1000);
    }
  },
};
