/**
 * The one place where numbers become closed label values. Every value returned here is listed in the catalogue, and
 * the catalogue's views turn whatever is not listed into `other`.
 */

interface Range {
  /** Upper bound, inclusive. */
  readonly upTo: number;
  readonly value: string;
}

const vectorCounts: readonly Range[] = [
  { upTo: 0, value: '0' },
  { upTo: 5, value: '1-5' },
  { upTo: 10, value: '6-10' },
  { upTo: 20, value: '11-20' },
  { upTo: 50, value: '21-50' },
  { upTo: Number.MAX_VALUE, value: '51+' },
];

function rangeOf(ranges: readonly Range[], amount: unknown): string {
  if (typeof amount !== 'number' || !(amount >= 0)) return 'other';
  return ranges.find((range) => amount <= range.upTo)?.value ?? 'other';
}

/** @param count vectors retrieved, a whole number from 0 */
export function vectorCount(count: unknown): string {
  return Number.isInteger(count) ? rangeOf(vectorCounts, count) : 'other';
}

/**
 * @param threshold lowest similarity accepted, 0 to 1; rounded down to a tenth, everything below 0.5 is one value;
 * `undefined` or `null` means that no threshold was applied
 */
export function similarityThreshold(threshold: unknown): string {
  if (threshold === undefined || threshold === null) return 'none';
  if (typeof threshold !== 'number' || !(threshold >= 0 && threshold <= 1)) return 'other';
  if (threshold < 0.5) return 'under_0.5';
  // 0.7 * 10 is 7.000000000000001 and 0.57 * 100 is 56.99…: rounding first keeps a tenth in its own class.
  return (Math.floor(Math.round(Math.min(threshold, 0.9) * 1000) / 100) / 10).toFixed(1);
}

/** @param seconds how long the task took, from 0 */
export function durationCategory(seconds: unknown): string {
  if (typeof seconds !== 'number' || !(seconds >= 0)) return 'other';
  if (seconds < 1) return 'under_1s';
  if (seconds < 10) return '1s_to_10s';
  if (seconds < 60) return '10s_to_60s';
  return Number.isFinite(seconds) ? 'over_60s' : 'other';
}
