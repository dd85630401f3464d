// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { pairedRatio, type Spread, spread } from './statistics.ts';

/** What one fresh process was measured at; names end in their unit. */
export type Sample = Readonly<Record<string, number>>;

interface Questions {
  readonly name: string;
  /** What the suite answers, one sentence. */
  readonly question: string;
  readonly subjects: readonly [string, ...string[]];
  readonly workloads: readonly string[];
  /** Packages whose versions decide the result. */
  readonly packages: readonly string[];
  /** The same, of those in `peers/`. */
  readonly peers?: readonly string[];
}

/** Compares subjects; the first is the baseline of every ratio. */
export interface Comparing extends Questions {
  /** Measures one subject under one workload in processes of its own, shortly when `quick`. */
  measure(subject: string, workload: string, quick: boolean): Promise<Sample>;
}

/** Measures parts of one thing, at the same time: there is nothing to compare. */
interface Measuring extends Questions {
  /** @returns a sample of each subject */
  measureTogether(workload: string, quick: boolean): Promise<Readonly<Record<string, Sample>>>;
}

/** Compares subjects that are measured in turns, each for a moment at a time. */
export interface Alternating extends Questions {
  /**
   * Measures subjects, beginning with the first, under one workload in processes of their own, shortly when `quick`.
   *
   * @returns a sample of each
   */
  measureInTurns(
    subjects: readonly string[],
    workload: string,
    quick: boolean,
  ): Promise<Readonly<Record<string, Sample>>>;
}

export type Suite = Comparing | Alternating | Measuring;

interface SubjectResult {
  readonly samples: readonly Sample[];
  readonly measured: Readonly<Record<string, Spread>>;
  /** Against the baseline, within the round; absent for the baseline itself. */
  readonly ratio?: Readonly<Record<string, Spread>>;
}

export type Comparison = Readonly<Record<string, Readonly<Record<string, SubjectResult>>>>;

/**
 * Measures every subject once a round, one after the other, beginning with another subject each round, so that neither drift of the
 * machine nor a place in the order favours one of them.
 *
 * @param before rounds of the same that were made earlier, to which these are added
 * @returns results by workload, then by subject
 */
export async function compare(
  suite: Suite,
  rounds: number,
  quick: boolean,
  onProgress: (text: string) => void,
  before: Comparison = {},
): Promise<Comparison> {
  const comparison: Record<string, Record<string, SubjectResult>> = {};
  for (const workload of suite.workloads) {
    const earlier = before[workload];
    const samples = new Map<string, Sample[]>(
      suite.subjects.map((subject) => [subject, [...(earlier?.[subject]?.samples ?? [])]]),
    );
    const first = samples.get(suite.subjects[0])?.length ?? 0;
    const together = 'measureTogether' in suite;
    for (let round = first; round < first + rounds; round += 1) {
      if (together) {
        onProgress(`${suite.name}: ${workload}, round ${round + 1} of ${first + rounds}`);
        const measured = await suite.measureTogether(workload, quick);
        for (const [subject, own] of samples) own.push(measured[subject] ?? {});
        continue;
      }
      if ('measureInTurns' in suite) {
        onProgress(`${suite.name}: ${workload}, round ${round + 1} of ${first + rounds}`);
        const measured = await suite.measureInTurns(rotate(suite.subjects, round), workload, quick);
        for (const [subject, own] of samples) own.push(measured[subject] ?? {});
        continue;
      }
      for (const subject of rotate(suite.subjects, round)) {
        onProgress(`${suite.name}: ${workload}, round ${round + 1} of ${first + rounds}, ${subject}`);
        samples.get(subject)?.push(await suite.measure(subject, workload, quick));
      }
    }
    const baseline = samples.get(suite.subjects[0]) ?? [];
    comparison[workload] = Object.fromEntries(
      [...samples].map(([subject, own]) => [
        subject,
        summarize(own, together || own === baseline ? undefined : baseline),
      ]),
    );
  }
  return comparison;
}

/** The same values, beginning with another one. */
export function rotate<T>(values: readonly T[], by: number): T[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

function summarize(samples: readonly Sample[], baseline: readonly Sample[] | undefined): SubjectResult {
  const keys = Object.keys(samples[0] ?? {});
  const column = (of: readonly Sample[], key: string) => of.map((sample) => sample[key] ?? Number.NaN);
  const each = (summary: (key: string) => Spread) => Object.fromEntries(keys.map((key) => [key, summary(key)]));
  return {
    samples,
    measured: each((key) => spread(column(samples, key))),
    ...(baseline && { ratio: each((key) => pairedRatio(column(samples, key), column(baseline, key))) }),
  };
}
