// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { totals } from '../../../services/load/ledger.ts';
import type { Stack } from '../../../services/native/stack/stack.ts';
import { quantile } from '../../bench/statistics.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { check, type Scenario } from '../scenario.ts';
import { Timeline } from '../timeline.ts';
import { Witness } from '../witness.ts';

/** Seconds before the outage and after it, to know what is normal. */
const normally = 60;
/** Seconds until the last export and the scrape after it have passed, with time to spare. */
const settling = 60;
/** Milliseconds between two probes of Suna. */
const pause = 100;
/** Megabytes in use that the outage may add to both services together, whatever they allocate for their users meanwhile. */
const flat = 3;

const services = ['suna', 'onyx'] as const;

export const collectorOutage: Scenario = {
  name: 'collector-outage',
  claim:
    'A collector that is away for minutes costs the services no latency, no memory, no count, and two log lines each.',
  nodeFlags: ['--expose-gc', '--require', path.join(import.meta.dirname, '../memory-in-use.cjs')],
  async run(stack, minutes, say) {
    const { collector } = stack.processes;
    const prometheus = new PrometheusApi(stack.urls.prometheus);
    const timeline = new Timeline(say);
    const witness = new Witness(stack.urls.suna, 4, 1);
    const normal = await probe(stack, normally);
    const before = await memory(stack);
    await collector.stop('SIGKILL');
    timeline.note(`collector killed; ${before.told}`);
    const suffered = await probe(stack, minutes * 60);
    const after = await memory(stack);
    await collector.start();
    timeline.note(`collector back; ${after.told}`);
    normal.push(...(await probe(stack, normally)));
    await witness.stop();
    timeline.note('load ended');

    const truth = totals({ chats: witness.chats, tasks: witness.tasks, agents: [] });
    const counts = async () =>
      Promise.all([
        prometheus.scalar('sum(onyx_chat_duration_seconds_count)').then((found) => check('chats', truth.chats, found)),
        prometheus.scalar('sum(onyx_task_completion_total)').then((found) => check('tasks', truth.tasks, found)),
      ]);
    // Suna counts chats and Onyx tasks, and they export at times of their own.
    const deadline = performance.now() + settling * 1000;
    let counted = await counts();
    while (counted.some(({ passed }) => !passed) && performance.now() < deadline) {
      await setTimeout(1000);
      counted = await counts();
    }
    const lines = await Promise.all(services.map((name) => linesOf(stack, name)));
    const grown = after.megabytes - before.megabytes;
    return {
      events: timeline.events,
      checks: [
        ...counted,
        ...services.map((name, index) => check(`lines in the log of ${name}`, 2, lines[index] ?? Number.NaN)),
        within('median milliseconds of a request', 1.25, quantile(normal, 0.5), quantile(suffered, 0.5)),
        within('99th percentile', 1.5, quantile(normal, 0.99), quantile(suffered, 0.99)),
        check(`megabytes in use grown, at most ${flat}`, 0, Math.round(grown * 100) / 100, grown < flat),
      ],
    };
  },
};

function within(what: string, factor: number, expected: number, found: number) {
  return check(`${what}, at most ${factor} times`, expected, found, found < expected * factor);
}

/** How long Suna takes to say that it is well, in milliseconds, each time in so many seconds. */
async function probe({ urls }: Stack, seconds: number): Promise<number[]> {
  const taken: number[] = [];
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    const start = performance.now();
    await fetch(`${urls.suna}/health`).then((answer) => answer.arrayBuffer());
    taken.push(performance.now() - start);
    await setTimeout(pause);
  }
  return taken;
}

/**
 * What the services hold after a collection of their garbage. Resident memory says nothing here: it keeps growing for
 * minutes under any load, since V8 returns pages when it pleases.
 */
async function memory(stack: Stack): Promise<{ readonly megabytes: number; readonly told: string }> {
  const answers = await Promise.all(services.map((name) => memoryOf(stack, name)));
  const sum = (part: 'used' | 'resident') => answers.reduce((total, answer) => total + answer[part], 0) / 1e6;
  const megabytes = sum('used');
  return { megabytes, told: `${megabytes.toFixed(1)} MB in use of ${sum('resident').toFixed(1)} MB resident` };
}

async function memoryOf({ processes }: Stack, name: (typeof services)[number]) {
  const { pid, logFile } = processes[name];
  if (pid === undefined) throw new Error(`${name} does not run`);
  const answers = async () => [
    ...(await readFile(logFile, 'utf8')).matchAll(/^memory in use: (\d+) of (\d+) bytes$/gm),
  ];
  const known = (await answers()).length;
  process.kill(pid, 'SIGUSR2');
  for (;;) {
    const answer = (await answers())[known];
    if (answer !== undefined) return { used: Number(answer[1]), resident: Number(answer[2]) };
    await setTimeout(50);
  }
}

/** What the preload of a service wrote. */
async function linesOf({ processes }: Stack, name: (typeof services)[number]): Promise<number> {
  const log = await readFile(processes[name].logFile, 'utf8');
  return log.split('\n').filter((line) => line.includes('otel/register:')).length;
}
