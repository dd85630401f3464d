// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { evaluated } from '../../../grafana/src/rules/alert.ts';
import { recordingGroups } from '../../../grafana/src/rules/recorded.ts';
import { alertGroups } from '../../../grafana/src/rules/rule-files.ts';
import { type Asker, instant, type Rule, seconds } from '../../prometheus/prometheus.ts';
import { type Answer, countsOf, describeBad, isBad, judgeValues } from '../answers.ts';
import { type Check, type Finding, fail, pass } from '../check.ts';
import { isNameExcused, reasonsFor, recordedNames } from '../declarations.ts';
import { couldBeComputed, type Moment } from '../emptiness.ts';
import { namesIn, read, words } from '../expression.ts';
import { momentOf } from '../moment.ts';
import { sixAtOnce } from '../six-at-once.ts';

const folder = 'collector-config/prometheus/rules/';

/** A rule as the sources have it. */
interface Shipped {
  readonly name: string;
  readonly expr: string;
  /** Seconds it must hold; of alerts. */
  readonly wait?: number;
}

const recorded: readonly Shipped[] = recordingGroups
  .flatMap(({ rules }) => rules)
  .map(({ record, expr }) => ({ name: record, expr }));
const alerts = Object.values(alertGroups).flat();
const alarms: readonly Shipped[] = alerts.map((alert) => ({
  name: alert.name,
  expr: evaluated(alert),
  wait: seconds(alert.for ?? '0s'),
}));

/** Recorded series that are needed, also those whose rules are written by hand. */
const wanted = new Set([...recorded.map(({ name }) => name), ...recordedNames]);

export const rules: Check = {
  id: 'rules',
  criterion: '9.1.2',
  promise: 'Every rule and alert is loaded as it was written, works, and has the series it reads',
  async run(platform) {
    const { prometheus } = platform;
    const loaded = (await prometheus.ruleGroups()).flatMap((group) => group.rules);
    const moment = await momentOf(platform);
    const of = (type: Rule['type']) => loaded.filter((rule) => rule.type === type);
    const needed = [...new Set(alarms.flatMap(({ expr }) => read(expr).names))].join('|');
    const present = await prometheus.query(`group by (__name__) ({__name__=~"${needed}"})`);
    const names = new Set(present.map(({ labels }) => labels.__name__ ?? ''));
    return [
      await judge('recording rules', of('recording'), [...wanted], recorded, prometheus.ask, (rule) =>
        isRecordingExcused(rule, prometheus.ask, moment),
      ),
      await judge(
        'alert rules',
        of('alerting'),
        alarms.map(({ name }) => name),
        alarms,
        prometheus.ask,
        async (rule) => hasItsSeries(rule, names),
      ),
    ];
  },
};

async function judge(
  subject: string,
  loaded: readonly Rule[],
  names: readonly string[],
  shipped: readonly Shipped[],
  ask: Asker,
  excused: (rule: Rule) => Promise<boolean>,
): Promise<Finding> {
  const missing = names.filter((name) => !loaded.some((rule) => rule.name === name));
  const file = subject === 'alert rules' ? `${folder}alerts.yml` : `${folder}recorded.yml, services.yml`;
  if (missing.length > 0) {
    return fail(subject, {
      expected: `the rules ${missing.join(', ')}`,
      seen: `${loaded.length} loaded, those not among them`,
      cause:
        'the file is not mounted, or Prometheus kept its old rules because the new ones are broken: its log says so',
      change: `${file}, then reload Prometheus`,
    });
  }
  const write = await writer(ask);
  const changed = (await sixAtOnce(shipped, (rule) => difference(rule, loaded, write))).filter(
    (text) => text !== undefined,
  );
  if (changed.length > 0) {
    return fail(subject, {
      expected: 'each as it was generated',
      seen: changed.join('; '),
      cause: 'the generated file was changed, or Prometheus has not reloaded it',
      change: `grafana/src/rules/, npm run generate (${file}), then reload Prometheus`,
    });
  }
  const answers = await sixAtOnce(
    loaded.filter(({ name }) => names.includes(name)),
    (rule) => executed(rule, ask, excused),
  );
  if (answers.some(isBad)) {
    return fail(
      subject,
      {
        expected: 'each evaluates, and has a value as long as what it reads does',
        seen: describeBad(answers),
        cause: 'no process sends what it reads, or sends it under another name or with other labels',
        change: `grafana/src/rules/, or what sends the series`,
      },
      countsOf(answers),
    );
  }
  return pass(subject, `${answers.length} as generated: ${countsOf(answers)}`);
}

/** Writes a query in one way: as Prometheus itself would or, of an engine that does not say, without the blanks. */
async function writer(ask: Asker): Promise<(query: string) => Promise<unknown>> {
  const format = (query: string) => ask('format_query', { query });
  return format('1').then(
    () => format,
    () => async (query: string) => words(query).join(' '),
  );
}

async function difference(
  { name, expr, wait }: Shipped,
  loaded: readonly Rule[],
  write: (query: string) => Promise<unknown>,
): Promise<string | undefined> {
  const same = loaded.filter((rule) => rule.name === name);
  const written = await write(expr);
  const running = await Promise.all(same.map(({ query }) => write(query)));
  if (!running.includes(written)) return `${name} is ${same.map(({ query }) => query).join(' and ')}`;
  const waits = same.map(({ duration = 0 }) => duration);
  return wait === undefined || waits.includes(wait)
    ? undefined
    : `${name} waits ${waits.join(' and ')} s, not ${wait} s`;
}

async function executed(rule: Rule, ask: Asker, excused: (rule: Rule) => Promise<boolean>): Promise<Answer> {
  const asked = { of: rule.name, query: rule.query };
  if (rule.health === 'err') return { ...asked, verdict: 'ERROR', why: rule.lastError ?? 'it cannot be evaluated' };
  try {
    const series = await instant(ask, rule.query);
    if (series.length > 0) return { ...asked, ...judgeValues(series) };
    if (await excused(rule)) return { ...asked, verdict: 'empty, as declared' };
    return { ...asked, verdict: 'EMPTY', why: `it reads ${read(rule.query).names.join(', ')}` };
  } catch (error) {
    return { ...asked, verdict: 'ERROR', why: (error as Error).message };
  }
}

/** A recorded series is excused as whatever draws it is; one that nothing draws must be there when all it reads is. */
async function isRecordingExcused({ name, query }: Rule, ask: Asker, moment: Moment): Promise<boolean> {
  if (reasonsFor([name]).length > 0) return isNameExcused([name], ask, moment);
  return !(await couldBeComputed(ask, query, moment));
}

/**
 * An alert is silent when nothing is wrong; but one whose panel must have values needs the series it reads, without those that first come
 * with a failure.
 */
function hasItsSeries({ name, query }: Rule, present: ReadonlySet<string>): boolean {
  const signal = alerts.find((alert) => alert.name === name)?.panel[1];
  if (signal?.empty.because !== 'fault') return true;
  const ofFailures = signal.queries.filter(({ empty }) => empty === 'failure');
  const late = new Set(ofFailures.flatMap(({ expr }) => namesIn(expr)));
  return read(query).names.every((each) => present.has(each) || late.has(each));
}
