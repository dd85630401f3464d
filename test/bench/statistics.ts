// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Middle and spread of a few measurements: medians and quartiles, since one disturbed round must not move the result. */
export interface Spread {
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
}

/**
 * The value below which the share `p` (0 to 1) of the values lies, interpolated between neighbours.
 *
 * @throws RangeError when there are no values or `p` is outside 0 to 1
 */
export function quantile(values: readonly number[], p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile lies between 0 and 1, not at ${p}`);
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * p;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError('no values to take a quantile of');
  return below + (above - below) * (position - Math.floor(position));
}

export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), q1: quantile(values, 0.25), q3: quantile(values, 0.75) };
}

/**
 * Spread of `subject / baseline`, each taken within its own round, so that what slows a whole round (another tenant of the machine,
 * a colder core) cancels out.
 *
 * @throws RangeError when the two do not have the same number of rounds
 */
export function pairedRatio(subject: readonly number[], baseline: readonly number[]): Spread {
  if (subject.length !== baseline.length) {
    throw new RangeError(`${subject.length} rounds cannot be paired with ${baseline.length}`);
  }
  return spread(subject.map((value, round) => value / (baseline[round] ?? Number.NaN)));
}
