// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { boards as shipped } from '../../../grafana/src/board-files.ts';
import { type Board, dashboard, signalsOf } from '../../../grafana/src/dashboard.ts';
import type { Because, Query, Signal } from '../../../grafana/src/signals/signal.ts';
import { chats } from '../../../grafana/src/signals/traffic.ts';
import { boardLoad } from '../../../grafana/src/thresholds.ts';
import { type Asker, instant, range } from '../../prometheus/prometheus.ts';
import { type Answer, countsOf, describeBad, isBad, judgeValues } from '../answers.ts';
import { type Check, type Finding, fail, pass, unchecked } from '../check.ts';
import type { Dashboards, ShownBoard } from '../dashboards.ts';
import { declarationOf } from '../declarations.ts';
import { type Declaration, holds, isExcused, type Moment } from '../emptiness.ts';
import { filled, namesIn, read } from '../expression.ts';
import { momentOf } from '../moment.ts';
import type { Platform } from '../platform.ts';
import { sixAtOnce } from '../six-at-once.ts';

/** Share of a platform's queries that return something while it is used. */
const answered = 0.95;
export const boards: Check = {
  id: 'boards',
  criterion: '9.1.2',
  promise: 'Grafana shows 5 dashboards refreshing every 10 seconds, and every query of theirs is answered',
  async run(platform) {
    const dashboards = await platform.dashboards();
    const ask = 'ask' in dashboards ? dashboards.ask : platform.prometheus.ask;
    const moment = await momentOf(platform);
    const findings: Finding[] = [];
    const answers: Answer[] = [];
    for (const board of shipped) {
      const executed = await execute(board, ask, moment);
      answers.push(...executed.answers);
      findings.push(await judge(board, executed, dashboards));
    }
    return [...findings, await judgeShare(answers, ask, moment, platform)];
  },
};

interface Executed {
  readonly answers: readonly Answer[];
  /** Seconds until all that a reader sees at first was answered. */
  readonly load: number;
  /** Which of it took longest. */
  readonly slowest: string;
}

/** Asks all that a board asks: first what is seen when it opens, then what is behind its closed rows. */
export async function execute(board: Board, ask: Asker, moment: Moment): Promise<Executed> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let longest = { of: '', seconds: 0 };
  const timed = async (task: Task) => {
    const asked = seconds();
    const answer = await task();
    const taken = seconds() - asked;
    if (taken > longest.seconds) longest = { of: answer.of, seconds: taken };
    return answer;
  };
  const first = await sixAtOnce([...variablesOf(board, ask, moment), ...queriesOf(board, ask, moment, false)], timed);
  const load = seconds();
  const slowest = `"${longest.of}" took ${longest.seconds.toFixed(2)} s`;
  const closed = await sixAtOnce(queriesOf(board, ask, moment, true), run);
  const answers = await sixAtOnce([...first, ...closed], async ({ excused, ...answer }) =>
    answer.verdict === 'EMPTY' && (await excused()) ? { ...answer, verdict: 'empty, as declared' as const } : answer,
  );
  return { answers, load, slowest };
}

/** Something to ask; whether an empty answer is right is looked into afterwards, since no reader waits for that. */
type Task = () => Promise<Answer & { readonly excused: () => Promise<boolean> }>;

const run = (task: Task) => task();

function variablesOf(board: Board, ask: Asker, moment: Moment): Task[] {
  const { now, span, rate } = moment;
  return (board.variables ?? []).map(({ name, series, of }) => async () => {
    const match = filled(series, rate);
    const asked = {
      of: `variable ${name}`,
      query: match,
      excused: () => isExcused(ask, match, ofSeries(board, match), moment),
    };
    try {
      const values = await ask(`label/${of}/values`, { 'match[]': match, start: now - span, end: now });
      return { ...asked, verdict: (values as string[]).length > 0 ? 'data' : 'EMPTY' };
    } catch (error) {
      return { ...asked, verdict: 'ERROR', why: (error as Error).message };
    }
  });
}

/** A choice may be empty for the reason that panels have which read the same series. */
function ofSeries(board: Board, match: string): Declaration {
  const [name = ''] = read(match).names;
  const reads = ({ expr }: Query) => namesIn(expr).includes(name);
  return signalsOf(board).find(({ queries }) => queries.some(reads))?.empty ?? { because: 'fault' };
}

function queriesOf(board: Board, ask: Asker, moment: Moment, closed: boolean): Task[] {
  return board.rows
    .filter(({ collapsed = false }) => collapsed === closed)
    .flatMap(({ panels }) => panels)
    .flatMap(({ panel: { panel, signals } }) =>
      (panel.targets ?? []).map((target) => {
        const { expr = '', instant: isInstant = false } = target as { expr?: string; instant?: boolean };
        const [signal, query] = declared(signals, expr);
        return queryOf(panel.title ?? '', signal, { ...query, expr }, isInstant, ask, moment);
      }),
    );
}

/** The signal a panel's query comes from; a look may sort what it draws. */
function declared(signals: readonly Signal[], expr: string): [Signal, Query] {
  for (const signal of signals) {
    const query = signal.queries.find((each) => expr === each.expr || expr === `sort_desc(${each.expr})`);
    if (query) return [signal, query];
  }
  throw new Error(`no signal asks for ${expr}`);
}

/** What is there, so that a reason to be empty does not count. */
const inSpiteOf: Readonly<Record<Because, string>> = {
  fault: 'which it may never be',
  traffic: 'though there is traffic',
  history: 'though there is enough of the past',
  component: 'though all that it reads is there',
  failure: 'though all that it reads is there',
  pull: 'though Prometheus scrapes the collector',
  store: 'though it is Prometheus that answers',
};

function queryOf(title: string, signal: Signal, query: Query, isInstant: boolean, ask: Asker, moment: Moment): Task {
  return async () => {
    const { now, span, step, rate } = moment;
    const text = filled(query.expr, rate);
    const declaration = declarationOf(signal, query);
    const asked = {
      of: `${title}: ${query.legend}`,
      query: text,
      because: declaration.because,
      excused: () => isExcused(ask, text, declaration, moment),
    };
    try {
      const series = isInstant
        ? await instant(ask, text, now)
        : await range(ask, text, { start: now - span, end: now, step });
      // What was drawn an hour ago and is no more has no value: a reader looks at the end of the line, which VictoriaMetrics rounds to a step.
      const current = series.filter(({ at }) => at > now - step);
      if (current.length > 0) return { ...asked, ...judgeValues(series, query.legend) };
      return { ...asked, verdict: 'EMPTY', why: inSpiteOf[declaration.because] };
    } catch (error) {
      return { ...asked, verdict: 'ERROR', why: (error as Error).message };
    }
  };
}

async function judge(
  board: Board,
  { answers, load, slowest }: Executed,
  dashboards: Dashboards | { readonly absent: string },
): Promise<Finding> {
  const { title, uid } = board;
  const measured = `${countsOf(answers)}, loads in ${load.toFixed(2)} s`;
  if (answers.some(isBad)) return failedQueries(board, answers, measured);
  if (load > boardLoad.critical) {
    return fail(title, {
      expected: `all queries of its open rows answered within ${boardLoad.critical} s`,
      seen: `${load.toFixed(2)} s, of which ${slowest}`,
      cause: 'a query reads too many series, Prometheus has too little CPU, or something before it is slow',
      change: `record what is slow in grafana/src/rules/recorded.ts, or collapse a row of grafana/src/boards/${uid}.ts`,
    });
  }
  if ('absent' in dashboards) return unchecked(title, `${dashboards.absent}; asked of Prometheus itself: ${measured}`);
  const wrong = differences(board, await dashboards.board(uid));
  if (wrong !== undefined) {
    return fail(title, {
      expected: 'the board as generated, refreshing every 10 s',
      seen: wrong,
      cause: 'the file is not mounted or was changed, or Grafana refused to load it: its log has the reason',
      change: `npm run generate, then grafana/dashboards/${uid}.json and grafana/provisioning/dashboards/onyx.yml`,
    });
  }
  return pass(title, `refreshes every 10 s, ${measured}`, { preview: dashboards.kind === 'preview' });
}

function failedQueries({ title, uid }: Board, answers: readonly Answer[], measured: string): Finding {
  const bad = answers.filter(isBad);
  const names = [...new Set(bad.flatMap(({ query }) => read(query).names))];
  return fail(
    title,
    {
      expected: 'a value for every query, or the emptiness it declares',
      seen: describeBad(answers),
      cause: bad.some(({ verdict }) => verdict === 'ERROR')
        ? 'Prometheus refused a query, or it returns what no panel can draw'
        : `no process sends ${names.join(', ')}, or sends it under another name or with other labels`,
      change: `what sends it, or grafana/src/signals/ (board ${uid})`,
    },
    measured,
  );
}

/** How the board people see differs from the one generated, if it does. */
function differences(board: Board, shown: ShownBoard | undefined): string | undefined {
  if (shown === undefined) return `no board with the uid ${board.uid}`;
  if (shown.title !== board.title) return `the title "${shown.title}"`;
  if (shown.refresh !== '10s') return `refresh ${shown.refresh || 'off'}`;
  const wanted = expressions(dashboard(board, shipped) as ShownBoard);
  const found = expressions(shown);
  const [missing] = wanted.filter((expr) => !found.includes(expr));
  if (missing !== undefined) return `no panel that asks for ${missing}`;
  return found.length === wanted.length ? undefined : `${found.length} queries where ${wanted.length} were generated`;
}

function expressions({ panels }: ShownBoard): string[] {
  return panels.flatMap(({ targets = [], panels: inside = [] }) =>
    [...targets, ...inside.flatMap((each) => each.targets ?? [])].map(({ expr = '' }) => expr),
  );
}

async function judgeShare(
  answers: readonly Answer[],
  ask: Asker,
  moment: Moment,
  { settings }: Platform,
): Promise<Finding> {
  const subject = 'queries under load';
  const isEmpty = ({ verdict }: Answer) => verdict === 'empty, as declared';
  // No load fills panels of parts that this platform does not have, such as Docker or a Prometheus that scrapes, or of days before it
  // began; a healthy one has no failures to show.
  const unfillable = ({ because }: Answer) => because !== undefined && because !== 'traffic';
  const counted = answers.filter((answer) => !(isEmpty(answer) && unfillable(answer)));
  const empty = counted.filter(isEmpty);
  const share = 1 - empty.length / counted.length;
  const measured = `${counted.length - empty.length} of ${counted.length} return data or zero, ${(100 * share).toFixed(1)} %, without ${answers.length - counted.length} of parts that are not there, days before the data and failures that did not happen`;
  const isUsed = await holds(ask, filled(chats, moment.rate), moment);
  if (settings.mode !== 'native') return unchecked(subject, `${measured}; a promise about the demonstration load`);
  if (!isUsed) return unchecked(subject, `${measured}, but people have not chatted for long enough`);
  if (share >= answered) return pass(subject, measured);
  return fail(subject, {
    expected: `at least ${100 * answered} %`,
    seen: `${measured}; empty: ${empty.map(({ of }) => `"${of}"`).join(', ')}`,
    cause: 'the load does not use what these panels draw, or they declare more emptiness than there should be',
    change: 'services/load/plan.ts or grafana/src/signals/',
  });
}
