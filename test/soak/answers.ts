// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { boards } from '../../grafana/src/board-files.ts';
import { signalsOf } from '../../grafana/src/dashboard.ts';
import { evaluated } from '../../grafana/src/rules/alert.ts';
import { recordingGroups } from '../../grafana/src/rules/recorded.ts';
import { alertGroups } from '../../grafana/src/rules/rule-files.ts';
import { asker, type Range, range, type Series } from '../../services/prometheus/prometheus.ts';
import { filled, read } from '../../services/verify/expression.ts';
import { sixAtOnce } from '../../services/verify/six-at-once.ts';

/** Something that boards or rules ask of a store. */
interface Question {
  readonly of: string;
  readonly query: string;
  /** Of series that rules record: of two stores each has its own, evaluated at its own moments. */
  readonly recorded: boolean;
}

/** How the answers of two stores to one question differ. */
export interface Difference extends Question {
  /** Series that only one of them has. */
  readonly missing: number;
  readonly additional: number;
  /** Points of common series, and how many of them differ by more than rounding. */
  readonly points: number;
  readonly different: number;
  /** The largest difference, as a share of the larger value. */
  readonly most: number;
}

/** Seconds of the narrowest window that a board offers. */
const window = 60;
/** A share below which two floating point numbers are the same. */
const rounding = 1e-9;

/** All that boards draw, rules record and alerts watch, but for what Prometheus says of itself and of its scrapes. */
const questions: readonly Question[] = [
  ...boards.flatMap((board) =>
    signalsOf(board).flatMap(({ title, queries }) =>
      queries.map(({ expr, legend }) => ({ of: `${board.title}: ${title} (${legend})`, query: filled(expr, window) })),
    ),
  ),
  ...recordingGroups.flatMap(({ rules }) => rules.map(({ record, expr }) => ({ of: `rule ${record}`, query: expr }))),
  ...Object.values(alertGroups)
    .flat()
    .map((alert) => ({ of: `alert ${alert.name}`, query: evaluated(alert) })),
].flatMap((question) => {
  const { names } = read(question.query);
  if (names.some((name) => /^(up|scrape_.+|prometheus_.+)$/.test(name))) return [];
  return [{ ...question, recorded: names.some((name) => /^(onyx:|ALERTS)/.test(name)) }];
});

/** Asks two stores the same for the same moments. */
export async function differences(one: string, other: string, moments: Range): Promise<readonly Difference[]> {
  const ask = (url: string) => asker(`${url}/api/v1`, {}, AbortSignal.timeout(300_000));
  return sixAtOnce(questions, async (question) => {
    const [found, expected] = await Promise.all([one, other].map((url) => points(ask(url), question.query, moments)));
    return { ...question, ...compared(found as Points, expected as Points) };
  });
}

type Points = ReadonlyMap<string, ReadonlyMap<number, number>>;

async function points(ask: ReturnType<typeof asker>, query: string, moments: Range): Promise<Points> {
  // Answers of a range leave out when each point is, unless each moment is asked for by itself.
  const answers = await Promise.all(
    timesOf(moments).map(async (time) => ({
      time,
      series: await range(ask, query, { start: time, end: time, step: 1 }),
    })),
  );
  const all = new Map<string, Map<number, number>>();
  for (const { time, series } of answers) for (const each of series) add(all, each, time);
  return all;
}

function timesOf({ start, end, step }: Range): number[] {
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step);
}

function add(all: Map<string, Map<number, number>>, { labels, values }: Series, time: number): void {
  const key = JSON.stringify(Object.entries(labels).sort());
  const series = all.get(key) ?? new Map<number, number>();
  all.set(key, series.set(time, values[0] as number));
}

function compared(found: Points, expected: Points): Omit<Difference, keyof Question> {
  let [count, different, most] = [0, 0, 0];
  for (const [key, values] of expected) {
    for (const [time, value] of values) {
      const other = found.get(key)?.get(time);
      if (!found.has(key)) continue;
      count += 1;
      const share = other === undefined ? 1 : shareOf(value, other);
      if (share > rounding) different += 1;
      most = Math.max(most, share);
    }
  }
  const without = (these: Points, those: Points) => [...these.keys()].filter((key) => !those.has(key)).length;
  return {
    missing: without(expected, found),
    additional: without(found, expected),
    ...{ points: count, different, most },
  };
}

function shareOf(one: number, other: number): number {
  if (Object.is(one, other) || (Number.isNaN(one) && Number.isNaN(other))) return 0;
  return Math.abs(one - other) / Math.max(Math.abs(one), Math.abs(other));
}
