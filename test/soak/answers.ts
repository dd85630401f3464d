// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { parser } from '@prometheus-io/lezer-promql';
import { z } from 'zod';
import { boards } from '../../grafana/src/board-files.ts';
import { signalsOf } from '../../grafana/src/dashboard.ts';
import { evaluated } from '../../grafana/src/rules/alert.ts';
import { recordingGroups } from '../../grafana/src/rules/recorded.ts';
import { alertGroups } from '../../grafana/src/rules/rule-files.ts';
import { type Asker, asker, instant, type Range } from '../../services/prometheus/prometheus.ts';
import { comparisons, filled, read } from '../../services/verify/expression.ts';
import { sixAtOnce } from '../../services/verify/six-at-once.ts';

/** Something that boards or rules ask of a store. */
interface Question {
  readonly of: string;
  readonly query: string;
  /** Of series that rules record: of two stores each has its own, evaluated at its own moments. */
  readonly recorded: boolean;
  /** Asked for a range, as Grafana does; all else for one moment, as who evaluates rules does. */
  readonly drawn: boolean;
}

/** How the answers of two stores to one question differ. */
export interface Difference extends Question {
  /** Series that only one of them has. */
  readonly missing: number;
  readonly additional: number;
  /** Series that both have. */
  readonly common: number;
  /** Points of common series, and how many of them differ by more than rounding. */
  readonly points: number;
  readonly different: number;
  /** The largest difference, as a share of the larger value. */
  readonly most: number;
}

/** Whether neither store has anything to answer. */
export const isEmpty = ({ missing, additional, common }: Difference) => missing + additional + common === 0;

/** Seconds of the narrowest window that a board offers. */
const window = 60;
/** A share below which two floating point numbers are the same. */
const rounding = 1e-9;

/** The query with 1 or 0 for every series that it compares, in place of leaving some out. */
function undecided(query: string): string {
  const parts: string[] = [];
  let from = 0;
  parser.parse(query).iterate({
    enter: ({ name, to, node }) => {
      if (!comparisons.includes(name) || node.parent?.name !== 'BinaryExpr') return;
      if (node.nextSibling?.name === 'BoolModifier') return;
      parts.push(query.slice(from, to), ' bool');
      from = to;
    },
  });
  return parts.join('') + query.slice(from);
}

/**
 * All that boards draw, rules record and alerts watch, but for what Prometheus says of itself and of its scrapes. Of alerts also what they
 * compare with their limits: where all is well nothing passes a limit.
 */
const questions: readonly Question[] = [
  ...boards.flatMap((board) =>
    signalsOf(board).flatMap(({ title, queries }) =>
      queries.map(({ expr, legend }) => ({
        of: `${board.title}: ${title} (${legend})`,
        ...{ query: filled(expr, window), drawn: true },
      })),
    ),
  ),
  ...recordingGroups.flatMap(({ rules }) =>
    rules.map(({ record, expr }) => ({ of: `rule ${record}`, query: expr, drawn: false })),
  ),
  ...Object.values(alertGroups)
    .flat()
    .flatMap((alert) => [
      { of: `alert ${alert.name}`, query: evaluated(alert), drawn: false },
      { of: `alert ${alert.name}, whether above its limit`, query: undecided(evaluated(alert)), drawn: false },
    ]),
].flatMap((question) => {
  const { names } = read(question.query);
  if (names.some((name) => /^(up|scrape_.+|prometheus_.+)$/.test(name))) return [];
  return [{ ...question, recorded: names.some((name) => /^(onyx:|ALERTS)/.test(name)) }];
});

/** Asks two stores the same for the same moments. */
export async function differences(one: string, other: string, moments: Range): Promise<readonly Difference[]> {
  const ask = (url: string) => asker(`${url}/api/v1`, {}, AbortSignal.timeout(300_000));
  return sixAtOnce(questions, async (question) => {
    const [found, expected] = await Promise.all([one, other].map((url) => points(ask(url), question, moments)));
    return { ...question, ...compared(found as Points, expected as Points) };
  });
}

type Points = ReadonlyMap<string, ReadonlyMap<number, number>>;

const sample = z.tuple([z.number(), z.string()]);
const matrix = z.object({
  result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(sample) })),
});

async function points(ask: Asker, { query, drawn }: Question, moments: Range): Promise<Points> {
  const all = new Map<string, Map<number, number>>();
  const add = (labels: Readonly<Record<string, string>>, time: number, value: number) => {
    const key = JSON.stringify(Object.entries(labels).sort());
    const series = all.get(key) ?? new Map<number, number>();
    all.set(key, series.set(time, value));
  };
  if (drawn) {
    const { result } = matrix.parse(await ask('query_range', { query, ...moments }));
    for (const { metric, values } of result) for (const [time, value] of values) add(metric, time, Number(value));
  } else {
    for (const time of timesOf(moments))
      for (const { labels, values } of await instant(ask, query, time)) add(labels, time, values[0] as number);
  }
  return all;
}

function timesOf({ start, end, step }: Range): number[] {
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step);
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
  const common = [...expected.keys()].filter((key) => found.has(key)).length;
  const without = (these: Points, those: Points) => [...these.keys()].filter((key) => !those.has(key)).length;
  return {
    missing: without(expected, found),
    additional: without(found, expected),
    ...{ common, points: count, different, most },
  };
}

function shareOf(one: number, other: number): number {
  if (Object.is(one, other) || (Number.isNaN(one) && Number.isNaN(other))) return 0;
  return Math.abs(one - other) / Math.max(Math.abs(one), Math.abs(other));
}
