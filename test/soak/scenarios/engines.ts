// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { writeSecrets } from '../../collector/helpers/collector.ts';
import { startTargets } from '../../collector/helpers/targets.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { type Difference, differences } from '../answers.ts';
import type { Engine, Surroundings } from '../engines/engine.ts';
import { thanos } from '../engines/thanos.ts';
import { type Pushed, startPushed } from '../pushed.ts';
import { type Check, check, type ScenarioOfSources } from '../scenario.ts';
import { Senders } from '../senders.ts';
import { Timeline } from '../timeline.ts';

/** Seconds for which senders send before, between and after what is killed. */
const phase = 30;
/** Seconds for which a killed process stays away. */
const away = 15;
/** Seconds until the last export, push and evaluation have passed, at most. */
const settling = 60;
/** Seconds between two exports. */
const interval = 5;
/** Seconds between two moments for which all questions are asked. */
const step = 30;

const measures = {
  chats: 'onyx_chat_duration_seconds_count',
  tasks: 'onyx_task_completion_total',
} as const;
type Counts = Senders['counted'];
const names = Object.keys(measures) as (keyof Counts)[];

interface Trial {
  readonly start: (surroundings: Surroundings) => Promise<Engine>;
  /** A process of the engine that is killed under load. */
  readonly victim: string;
  /** What is done at the end, when nothing changes any more; `at` is in seconds since the epoch. */
  readonly after: (pushed: Pushed, counted: Counts, at: number) => Promise<Check[]>;
}

function trial(name: string, claim: string, { start, victim, after }: Trial): ScenarioOfSources {
  return {
    name,
    claim,
    async runOnSources(signal, say) {
      const timeline = new Timeline(say);
      const [secrets, targets] = await Promise.all([writeSecrets(), startTargets()]);
      const read = { secretsDir: secrets.folder, variables: targets.variables };
      const pushed = await startPushed(read, start, signal);
      try {
        const began = Math.ceil(Date.now() / 1000);
        const senders = new Senders(pushed.otlp, interval);
        timeline.note('senders began');
        for (const each of ['gateway-2', victim]) {
          await setTimeout(phase * 1000);
          await pushed.process(each).stop('SIGKILL');
          timeline.note(`${each} killed`);
          await setTimeout(away * 1000);
          await pushed.process(each).start();
          timeline.note(`${each} back`);
        }
        await setTimeout(phase * 1000);
        await senders.stop();
        timeline.note(`senders ended; ${senders.refused} exports were refused and sent again`);
        const counted = { ...senders.counted };
        const totals = [
          ...(await arrived(name, pushed.engine.url, counted)),
          ...(await arrived('one Prometheus', pushed.reference, counted)),
        ];
        // Up to which both have everything.
        const at = Math.floor(Date.now() / 1000);
        const found = await differences(pushed.engine.url, pushed.reference, { start: began + 60, end: at - 10, step });
        timeline.note('all questions asked');
        const alerting = await alerts(pushed);
        return {
          checks: [...totals, ...differing(found), ...alerting, ...(await after(pushed, counted, at))],
          events: timeline.events,
          findings: { questions: found.length, differences: found.filter(differs) },
        };
      } finally {
        await pushed.stop();
        targets.stop();
        await secrets.remove();
      }
    },
  };
}

/** Compares with what senders counted, as soon as the last of it has arrived. */
async function arrived(where: string, url: string, counted: Counts, at?: number): Promise<Check[]> {
  const api = new PrometheusApi(url);
  const found = () =>
    Promise.all(
      names.map(async (name) =>
        check(`${name}: ${where}`, counted[name], await api.scalar(`sum(${measures[name]}${at ? ` @ ${at}` : ''})`)),
      ),
    );
  const deadline = performance.now() + settling * 1000;
  let checks = await found();
  while (checks.some(({ passed }) => !passed) && performance.now() < deadline) {
    await setTimeout(1000);
    checks = await found();
  }
  return checks;
}

const differs = ({ missing, additional, different }: Difference) => missing + additional + different > 0;

function differing(all: readonly Difference[]): Check[] {
  const raw = all.filter(({ recorded }) => !recorded);
  const found = raw.filter(differs).length;
  return [check(`of ${raw.length} questions about pushed series, answered differently`, 0, found)];
}

/** What is pending or fires by the engine's rules and by the reference's, and that Alertmanager is told. */
async function alerts({ engine, reference, alertmanager }: Pushed): Promise<Check[]> {
  const named = async (url: string) =>
    (await new PrometheusApi(url).query('group by (alertname) (ALERTS{alertstate="firing"})'))
      .map(({ labels }) => labels.alertname)
      .sort();
  const [own, others] = await Promise.all([named(engine.url), named(reference)]);
  const told = (await (await fetch(`${alertmanager}/api/v2/alerts`)).json()) as { labels: { alertname: string } }[];
  const known = new Set<string | undefined>(told.map(({ labels }) => labels.alertname));
  return [
    check(
      `alerts that fire, as by one Prometheus: ${own.join(', ')}`,
      others.length,
      own.length,
      own.join() === others.join(),
    ),
    check('of those, told to Alertmanager', own.length, own.filter((name) => known.has(name)).length),
  ];
}

export const onThanos = trial(
  'thanos',
  'On Thanos, with a gateway and a receiver killed under load, totals are what senders counted, boards and alerts answer as on one Prometheus, and object storage alone has it all.',
  {
    start: thanos,
    victim: 'receiver-1',
    /** Receivers put what they have into the folder when told to end; then the store alone has it. */
    async after(pushed, counted, at) {
      for (const index of [1, 2, 3]) await pushed.process(`receiver-${index}`).stop();
      return arrived('object storage alone', pushed.engine.url, counted, at);
    },
  },
);
