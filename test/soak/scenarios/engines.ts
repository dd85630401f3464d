// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { SunaClient } from '../../../services/load/client.ts';
import { type Totals, totals } from '../../../services/load/ledger.ts';
import { healthy } from '../../../services/load/mix.ts';
import { verificationFile } from '../../../services/native/stack/verification.ts';
import { select, verify } from '../../../services/verify/plan.ts';
import type { Row } from '../../../services/verify/report.ts';
import { readSettings } from '../../../services/verify/settings-file.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { type Difference, differences, isEmpty } from '../answers.ts';
import type { Engine, Surroundings } from '../engines/engine.ts';
import { thanos } from '../engines/thanos.ts';
import { victoriaMetrics } from '../engines/victoria-metrics.ts';
import { type Pushed, startPushed } from '../pushed.ts';
import { type Check, check, type Scenario } from '../scenario.ts';
import { Timeline } from '../timeline.ts';
import { Witness } from '../witness.ts';

/** Seconds for which a killed process stays away. */
const away = 15;
/** Seconds until the last export, push and evaluation have passed, at most. */
const settling = 60;
/** Seconds between two points of an answer: a board's own. */
const step = 15;

const measures = {
  chats: 'onyx_chat_duration_seconds_count',
  failedChats: 'onyx_chat_duration_seconds_count{success="false"}',
  searches: 'onyx_rag_retrieval_duration_seconds_count',
  tasks: 'onyx_task_completion_total',
  failedTasks: 'onyx_task_completion_total{success="false"}',
} as const satisfies Partial<Record<keyof Totals, string>>;
const names = Object.keys(measures) as (keyof typeof measures)[];

interface Trial {
  readonly start: (surroundings: Surroundings) => Promise<Engine>;
  /** A process of the engine that is killed under load. */
  readonly victim: string;
  /** Whether its query engine is Prometheus' own; the differences of any other one are listed. */
  readonly exact: boolean;
  /** What is done at the end, when nothing changes any more; `at` is in seconds since the epoch. */
  readonly after?: (pushed: Pushed, counted: Totals, at: number) => Promise<Check[]>;
}

function trial(name: string, claim: string, { start, victim, exact, after }: Trial): Scenario {
  return {
    name,
    claim,
    async run(stack, minutes, say) {
      const timeline = new Timeline(say);
      const pushed = await startPushed(stack, start, new AbortController().signal);
      try {
        const witness = new Witness(stack.urls.suna, 10, 1);
        const client = new SunaClient(stack.urls.suna, new AbortController().signal);
        for (const agent of healthy.agents) await client.startAgent({ held: true, ...agent });
        timeline.note('load began');
        const phase = (minutes * 60) / 3;
        for (const each of ['gateway-2', victim]) {
          await setTimeout((phase - away) * 1000);
          await pushed.process(each).stop('SIGKILL');
          timeline.note(`${each} killed`);
          await setTimeout(away * 1000);
          await pushed.process(each).start();
          timeline.note(`${each} back`);
        }
        // All that a window of boards holds is from after the kills.
        const quiet = Math.ceil(Date.now() / 1000 / step) * step + 60;
        await setTimeout(phase * 1000);
        const { rows } = await verify({
          settings: readSettings(verificationFile(stack.dir), {}),
          selected: select({ only: [], skip: [] }),
          deadline: AbortSignal.timeout(120_000),
        });
        timeline.note('verified');
        await witness.stop();
        timeline.note('load ended');
        // Both are asked for what neither changes any more.
        await setTimeout(settling * 1000);
        const counted = totals({ chats: witness.chats, tasks: witness.tasks, agents: [] });
        const whole = [
          ...(await arrived(name, pushed.engine.url, counted)),
          ...(await arrived('one Prometheus', pushed.reference, counted)),
        ];
        const at = Math.floor(Date.now() / 1000);
        const found = await differences(pushed.engine.url, pushed.reference, { start: quiet, end: at - 10, step });
        timeline.note('all questions asked');
        const alerting = await alerts(pushed, stack.urls.alertmanager, exact);
        return {
          checks: [
            ...whole,
            ...differing(found, exact),
            ...alerting,
            ...verified(rows),
            ...((await after?.(pushed, counted, at)) ?? []),
          ],
          events: timeline.events,
          findings: {
            questions: found.length,
            empty: found.filter(isEmpty).map(({ of }) => of),
            differences: found.filter(differs).map(({ drawn: _, ...difference }) => difference),
            notPassed: rows.filter(({ verdict }) => verdict !== 'pass'),
          },
        };
      } finally {
        await pushed.stop();
      }
    },
  };
}

/** Compares with what users saw, as soon as the last of it has arrived. */
async function arrived(where: string, url: string, counted: Totals, at?: number): Promise<Check[]> {
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

function differing(all: readonly Difference[], exact: boolean): Check[] {
  const raw = all.filter((difference) => !difference.recorded && !isEmpty(difference));
  const found = raw.filter(differs).length;
  const what = `of ${raw.length} questions about pushed series that have an answer, answered differently`;
  return [check(what, exact ? 0 : found, found)];
}

/** What no platform of the tests lets be checked whose storage is no Prometheus: the preview has no settings, and an engine many disks. */
const declared = new Set(["Grafana's settings", 'disk of Prometheus']);

/** As with `--strict`: what was not checked is told like what failed, but for what is declared. */
function verified(rows: readonly Row[]): Check[] {
  const of = (sought: Row['verdict']) => rows.filter(({ verdict }) => verdict === sought);
  const unchecked = of('not checked').filter(({ subject }) => !declared.has(subject));
  return [
    check(`of ${rows.length} rows of verify, failed`, 0, of('fail').length),
    check('of them, not checked and not declared so', 0, unchecked.length),
  ];
}

/** What is pending or fires by the engine's rules and by the reference's, and that Alertmanager is told. */
async function alerts({ engine, reference }: Pushed, alertmanager: string, exact: boolean): Promise<Check[]> {
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
      exact ? own.join() === others.join() : others.every((name) => own.includes(name)),
    ),
    check('of those, told to Alertmanager', own.length, own.filter((name) => known.has(name)).length),
  ];
}

export const onThanos = trial(
  'thanos',
  'On Thanos, with a gateway and a receiver killed under load, totals are what users saw, boards and alerts answer as on one Prometheus, and object storage alone has it all.',
  {
    start: thanos,
    victim: 'receiver-1',
    exact: true,
    /** Receivers put what they have into the folder when told to end; then the store alone has it. */
    async after(pushed, counted, at) {
      for (const index of [1, 2, 3]) await pushed.process(`receiver-${index}`).stop();
      return arrived('object storage alone', pushed.engine.url, counted, at);
    },
  },
);

export const onVictoriaMetrics = trial(
  'victoria-metrics',
  'On VictoriaMetrics, with a gateway and the store itself killed under load, totals are what users saw; which answers differ is listed.',
  { start: victoriaMetrics, victim: 'victoria-metrics', exact: false },
);
