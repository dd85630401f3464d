// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Result } from '../committed.ts';
import { pairedRatio, type Spread, spread } from '../statistics.ts';

/** The newest result of each suite, `undefined` for one that has none yet. */
export type Results = ReadonlyMap<string, Result | undefined>;

/** One number of a result. */
export interface Place {
  readonly workload: string;
  readonly subject: string;
  readonly measure: string;
}

/** @returns nothing when the result has no such number */
export function value({ comparison }: Result, { workload, subject, measure }: Place): Spread | undefined {
  return numbers(comparison[workload]?.[subject]?.measured[measure]);
}

/** Compared with another subject, each time within the round, whatever the result calls its baseline. */
export function ratio(result: Result, place: Place, beside: string): Spread | undefined {
  const columns = paired(result, place, beside);
  return columns && numbers(pairedRatio(...columns));
}

/** What is more than another subject has, each time within the round. */
export function difference(result: Result, place: Place, beside: string): Spread | undefined {
  const columns = paired(result, place, beside);
  return columns && numbers(spread(columns[0].map((own, round) => own - (columns[1][round] ?? Number.NaN))));
}

function paired({ comparison }: Result, { workload, subject, measure }: Place, beside: string) {
  const [own, other] = [subject, beside].map((name) =>
    comparison[workload]?.[name]?.samples.map((sample) => sample[measure] ?? Number.NaN),
  );
  return own === undefined || other === undefined || own.length !== other.length ? undefined : ([own, other] as const);
}

function numbers(found: Spread | undefined): Spread | undefined {
  return found && Number.isFinite(found.median) ? found : undefined;
}

const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Three digits that count, or as many as an integer has. */
export function format(value: number): string {
  return Math.abs(value) >= 1000 ? whole.format(value) : short.format(value);
}

/** `×1.045`: so near to one the third digit after the point is what tells. */
export function formatRatio(value: number): string {
  return `×${value < 2 ? value.toFixed(3) : value.toFixed(2)}`;
}
