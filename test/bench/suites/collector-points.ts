// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { upstreamComponents } from '../../../collector-config/go-builds.ts';
import { readSettings } from '../../../services/native/environment.ts';
import { built } from '../../../services/native/programs/binaries.ts';
import { type Collector, startCollector } from '../../collector/helpers/collector.ts';
import { counter, histogram, instance, message } from '../../collector/helpers/otlp.ts';
import type { Alternating, Sample } from '../harness.ts';
import { use } from '../process-use.ts';

const file = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const interval = { ONYX_COLLECTION_INTERVAL: '15s' };

const collectors: Readonly<Record<string, () => Promise<Collector>>> = {
  minimal: () => startCollector(interval, [], file('minimal-collector.yaml')),
  'our configuration': () => startCollector(interval),
  'without the statements for senders': () => startCollector(interval, [file('without-statements.yaml')]),
  "upstream's components": () =>
    startCollector(interval, [], undefined, () => built(upstreamComponents, readSettings())),
};

const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const words = ['chats', 'files', 'users', 'models', 'agents', 'tasks', 'search', 'teams', 'notes', 'tools'];

/** A request with a thousand points. */
const requests: Readonly<Record<string, () => object[]>> = {
  'points as services send them': () => [
    histogram(
      'http.server.request.duration',
      bounds,
      numbered(300, (index) => ({
        attributes: {
          'http.request.method': 'GET',
          'http.route': `/api/${words[index % 10]}/:id/${words[Math.floor(index / 10) % 10]}`,
          'http.response.status_code': 200 + Math.floor(index / 100),
        },
        counts: numbered(bounds.length + 1, () => 1),
        sum: 9,
      })),
    ),
    counter(
      'onyx_gen_ai_cost_usd_total',
      numbered(700, (index) => ({
        attributes: {
          model: `gpt-4o-${index % 25}`,
          user_id: `u_0123456789${(index % 200).toString(16).padStart(2, '0')}`,
          success: 'true',
        },
        value: index,
      })),
    ),
  ],
  'points of one counter with one label': () => [
    counter(
      'bench_total',
      numbered(1000, (index) => ({ attributes: { 'http.route': `/${words[index % 10]}/:id/${index}` }, value: 1 })),
    ),
  ],
};

const senders = ['suna', 'onyx', 'billing'] as const;

export const collectorPoints: Alternating = {
  name: 'collector-points',
  question:
    'What does a point cost in our configuration of the collector, compared with a minimal one, and which share do its statements take?',
  subjects: ['minimal', 'our configuration', 'without the statements for senders', "upstream's components"],
  workloads: Object.keys(requests),
  packages: [],
  async measureInTurns(subjects, workload, quick) {
    const running = new Map<string, Collector>();
    try {
      for (const [subject, start] of Object.entries(collectors)) running.set(subject, await start());
      const bodies = senders.map((service) =>
        JSON.stringify(message({ service, instance: instance(1) }, requests[workload]?.() ?? [])),
      );
      const used = new Map<string, number>();
      // The first values are judged, and the first series made.
      for (const collector of running.values()) await pushes(collector, bodies, 6);
      const [turns, count] = quick ? [1, 6] : [8, 60];
      for (let turn = 0; turn < turns; turn += 1) {
        for (const subject of subjects) {
          const collector = running.get(subject) as Collector;
          const before = (await use(collector.pid)).cpuSeconds;
          await pushes(collector, bodies, count);
          // What it renders ahead is a part of it.
          await setTimeout(300);
          used.set(subject, (used.get(subject) ?? 0) + (await use(collector.pid)).cpuSeconds - before);
        }
      }
      return Object.fromEntries(
        [...used].map(([subject, seconds]): [string, Sample] => [
          subject,
          { cpuMicrosecondsPerPoint: (seconds / (turns * count * 1000)) * 1e6 },
        ]),
      );
    } finally {
      for (const collector of running.values()) await collector.stop('SIGKILL');
    }
  },
};

/** One request after the other, of each sender in turn. */
async function pushes({ otlp }: Collector, bodies: readonly string[], count: number): Promise<void> {
  for (let request = 0; request < count; request += 1) {
    const body = bodies[request % bodies.length] ?? '';
    const answer = await fetch(otlp, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`refused with ${answer.status}`);
  }
}
