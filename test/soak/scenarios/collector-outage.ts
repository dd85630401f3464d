// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { totals } from '../../../services/load/ledger.ts';
import type { Stack } from '../../../services/native/stack.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { check, type Scenario } from '../scenario.ts';
import { Timeline } from '../timeline.ts';
import { Witness } from '../witness.ts';

/** Seconds before the outage, to know what is normal. */
const before = 60;
/** Seconds until the last export and the scrape after it have passed, with time to spare. */
const settling = 60;
/** Milliseconds between two probes of Suna. */
const pause = 100;

const services = ['suna', 'onyx'] as const;

export const collectorOutage: Scenario = {
  name: 'collector-outage',
  claim:
    'A collector that is away for minutes costs the services no latency, no memory, no count, and two log lines each.',
  async run(stack, minutes, say) {
    const { collector } = stack.processes;
    const prometheus = new PrometheusApi(stack.urls.prometheus);
    const timeline = new Timeline(say);
    const witness = new Witness(stack.urls.suna, 4, 1);
    const normal = await probe(stack, before);
    const memory = await megabytes(stack);
    await collector.stop('SIGKILL');
    timeline.note('collector killed');
    const suffered = await probe(stack, minutes * 60);
    const grown = (await megabytes(stack)) - memory;
    await collector.start();
    timeline.note('collector back');
    await probe(stack, before);
    await witness.stop();
    timeline.note('load ended');

    const truth = totals({ chats: witness.chats, tasks: witness.tasks, agents: [] });
    const deadline = performance.now() + settling * 1000;
    let chats = await prometheus.scalar('sum(onyx_chat_duration_seconds_count)');
    while (chats !== truth.chats && performance.now() < deadline) {
      await setTimeout(1000);
      chats = await prometheus.scalar('sum(onyx_chat_duration_seconds_count)');
    }
    const tasks = await prometheus.scalar('sum(onyx_task_completion_total)');
    const lines = await Promise.all(services.map((name) => linesOf(stack, name)));
    return {
      events: timeline.events,
      checks: [
        check('chats', truth.chats, chats),
        check('tasks', truth.tasks, tasks),
        ...services.map((name, index) => check(`lines in the log of ${name}`, 2, lines[index] ?? Number.NaN)),
        check(
          'median milliseconds of a request, at most 1.25 times',
          normal.p50,
          suffered.p50,
          suffered.p50 < normal.p50 * 1.25,
        ),
        check('99th percentile, at most 1.5 times', normal.p99, suffered.p99, suffered.p99 < normal.p99 * 1.5),
        check('megabytes grown, at most 20', 0, grown, grown < 20),
      ],
    };
  },
};

/** How long Suna takes to say that it is well, in milliseconds, over so many seconds. */
async function probe({ urls }: Stack, seconds: number): Promise<{ p50: number; p99: number }> {
  const taken: number[] = [];
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    const start = performance.now();
    await fetch(`${urls.suna}/health`).then((answer) => answer.arrayBuffer());
    taken.push(performance.now() - start);
    await setTimeout(pause);
  }
  taken.sort((one, other) => one - other);
  const quantile = (q: number) => taken[Math.floor(taken.length * q)] ?? Number.NaN;
  return { p50: quantile(0.5), p99: quantile(0.99) };
}

/** Resident memory of the services. */
async function megabytes({ processes }: Stack): Promise<number> {
  const pids = services.map((name) => String(processes[name].pid));
  const { stdout } = await execa('ps', ['-o', 'rss=', '-p', pids.join()]);
  return stdout.split('\n').reduce((sum, kilobytes) => sum + Number(kilobytes) / 1000, 0);
}

/** What the preload of a service wrote. */
async function linesOf({ processes }: Stack, name: (typeof services)[number]): Promise<number> {
  const log = await readFile(processes[name].logFile, 'utf8');
  return log.split('\n').filter((line) => line.includes('otel/register:')).length;
}
