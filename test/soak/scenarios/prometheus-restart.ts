// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { totals } from '../../../services/load/ledger.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { check, type Scenario } from '../scenario.ts';
import { Timeline } from '../timeline.ts';
import { Witness } from '../witness.ts';

/** Seconds Prometheus is away. */
const away = 45;
/** Seconds between two scrapes in production. */
const scrape = 15;
/** Seconds until the last export and the scrape after it have passed, with time to spare. */
const settling = 60;

export const prometheusRestart: Scenario = {
  name: 'prometheus-restart',
  claim:
    'Prometheus, killed under load and started again, keeps its history and lacks only the scrapes of its absence.',
  async run(stack, minutes, say) {
    const prometheus = new PrometheusApi(stack.urls.prometheus);
    const timeline = new Timeline(say);
    const witness = new Witness(stack.urls.suna, 4, 1);
    await setTimeout((minutes * 60 - away) * 500);
    const then = Date.now() / 1000;
    const samples = () => prometheus.scalar(`sum(count_over_time(onyx_chat_duration_seconds_bucket[1h] @ ${then}))`);
    const before = await samples();
    await stack.processes.prometheus.stop('SIGKILL');
    timeline.note('Prometheus killed');
    await setTimeout(away * 1000);
    await stack.processes.prometheus.start();
    timeline.note('Prometheus back');
    const after = await samples();
    await setTimeout((minutes * 60 - away) * 500);
    await witness.stop();
    timeline.note('load ended');

    const truth = totals({ chats: witness.chats, tasks: witness.tasks, agents: [] });
    const chats = () => prometheus.scalar('sum(onyx_chat_duration_seconds_count)');
    const deadline = performance.now() + settling * 1000;
    while ((await chats()) !== truth.chats && performance.now() < deadline) await setTimeout(1000);
    const range = `${Math.ceil(timeline.seconds)}s`;
    const gap = (away + 2 * scrape) / scrape;
    const expected = Math.floor(timeline.seconds / scrape);
    const scrapes = await prometheus.scalar(`min(count_over_time(up{service!=""}[${range}]))`);
    return {
      events: timeline.events,
      checks: [
        check('samples of chats from before the kill', before, after),
        check('scrapes of each endpoint, all but those of its absence', expected, scrapes, scrapes >= expected - gap),
        check('chats', truth.chats, await chats()),
        check('tasks', truth.tasks, await prometheus.scalar('sum(onyx_task_completion_total)')),
        check(
          'counters that look reset',
          0,
          await prometheus.scalar(`sum(resets(onyx_task_completion_total[${range}]))`),
        ),
        check(
          'lowest onyx:service_up',
          1,
          await prometheus.scalar(`min(min_over_time(onyx:service_up[${Math.ceil(timeline.seconds - 60)}s]))`),
        ),
      ],
    };
  },
};
