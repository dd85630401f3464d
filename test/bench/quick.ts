// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Result } from './committed.ts';
import { type Alternating, type Comparing, type Comparison, compare } from './harness.ts';
import { pairedRatio } from './statistics.ts';
import { endpoint } from './suites/endpoint.ts';
import { overhead } from './suites/overhead.ts';
import { record } from './suites/record.ts';
import { startup } from './suites/startup.ts';

/** What `npm test` measures of a suite: us and what is there without a peer's installation, each for a second or two. */
export interface Watched {
  readonly suite: Comparing | Alternating;
  readonly baseline: string;
  readonly subject: string;
  readonly workloads: readonly string[];
  /** The one that is judged: others are noise in so short a time. */
  readonly measure: string;
  readonly rounds: number;
}

export const watched: readonly Watched[] = [
  {
    suite: overhead,
    baseline: 'bare',
    subject: 'otel/register',
    // The one in which the preload is the largest part.
    workloads: ['trivial JSON handler'],
    measure: 'cpuMicrosecondsPerRequest',
    rounds: 1,
  },
  {
    suite: startup,
    baseline: 'bare',
    subject: 'otel/register',
    workloads: ['process that measures nothing', 'service that answers its first request'],
    measure: 'cpuMilliseconds',
    rounds: 3,
  },
  {
    suite: record,
    baseline: "OpenTelemetry instrument, upstream's SDK",
    subject: "otel's recorder, otel/register",
    workloads: ['histogram, 256 series', 'counter, 256 series', 'timed call, 1 series'],
    measure: 'nanoseconds',
    rounds: 1,
  },
  {
    suite: endpoint,
    baseline: 'constant text, no exports',
    subject: 'otel/register',
    workloads: ['1,000 lines'],
    measure: 'p50Milliseconds',
    rounds: 1,
  },
];

/** So many times the recorded ratio; less is noise on a machine that is not quiet. */
const limit = 2;

/** Measures it, and tells each ratio that is gross compared with the recorded one. */
export async function regressions(watched: Watched, recorded: Result): Promise<string[]> {
  const gross = async (workloads: readonly string[]) => {
    const narrowed = { ...watched.suite, subjects: [watched.baseline, watched.subject] as const, workloads };
    return grossRatios(watched, await compare(narrowed, watched.rounds, true, () => {}), recorded);
  };
  const suspected = await gross(watched.workloads);
  // A machine may stumble once: a regression is there when it is looked at again.
  return suspected.size === 0 ? [] : [...(await gross([...suspected.keys()])).values()];
}

/** By workload of what was measured, what is wrong with its ratio. */
export function grossRatios(
  { suite, baseline, subject, measure }: Watched,
  measured: Comparison,
  recorded: Result,
): ReadonlyMap<string, string> {
  const ratio = (comparison: Comparison, workload: string) => {
    const column = (name: string) =>
      (comparison[workload]?.[name]?.samples ?? []).map((sample) => sample[measure] ?? Number.NaN);
    // Of samples, not of what the result calls its baseline: that may be a peer.
    return pairedRatio(column(subject), column(baseline)).median;
  };
  const faults = Object.keys(measured).flatMap((workload) => {
    const [now, then] = [ratio(measured, workload), ratio(recorded.comparison, workload)];
    // A comparison with NaN is false, and must not pass.
    if (now < limit * then) return [];
    return [
      [
        workload,
        `${suite.name}, ${workload}: ${measure} of ${subject} is ${now.toFixed(2)} times that of ${baseline}, ` +
          `recorded ${then.toFixed(2)} times in test/bench/results/${recorded.file}`,
      ] as const,
    ];
  });
  return new Map(faults);
}
