// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * The shapes queries have. A test parses what comes out and compares every metric, label and value with what is known to exist.
 * None of them has a value that is no number: what was divided by nothing is missing.
 */

/**
 * How far every panel of a board looks back: a variable of the board. Grafana's own interval depends on the width of a panel, so the same
 * rate would have another value in a tile than in a table.
 */
export const window = '$window';

const by = (labels: readonly string[]): string => (labels.length > 0 ? ` by (${labels.join(', ')})` : '');

/** The series of a metric that match; of no matchers, or empty ones, all of it. */
export function select(metric: string, ...matchers: readonly string[]): string {
  const given = matchers.filter((matcher) => matcher !== '');
  return given.length > 0 ? `${metric}{${given.join(', ')}}` : metric;
}

/** Events a second of a counter. */
export function rate(counter: string, labels: readonly string[] = [], over = window): string {
  return `sum${by(labels)} (rate(${counter}[${over}]))`;
}

/** Recorded rates added up, for quantiles and shares: a series that began within the window must not count for all of it, as in a mean. */
export function summed(rates: string, labels: readonly string[] = [], over = window, offset = ''): string {
  return `sum${by(labels)} (sum_over_time(${rates}[${over}]${offset && ` offset ${offset}`}))`;
}

/** Those of some events: 0 when there were only others, nothing when there were none at all. */
export function orZero(part: string, whole: string): string {
  // A series begins with its first event, so a missing one stands for zero.
  return `(${part} or ${whole} * 0)`;
}

/** Part of a whole: 0 when there was only the rest, nothing when there was nothing at all. */
export function share(part: string, whole: string): string {
  return `${orZero(part, whole)} / (${whole} > 0)`;
}

/** Quantile `q` of buckets that were summed by `le`; of nothing it is no number, which is not at least 0. */
export function quantile(q: number, buckets: string): string {
  return `histogram_quantile(${q}, ${buckets}) >= 0`;
}

/** p50, p95 and p99: the lines of a panel. */
export function percentiles(buckets: string) {
  return [
    { expr: quantile(0.5, buckets), legend: 'p50' },
    { expr: quantile(0.95, buckets), legend: 'p95' },
    { expr: quantile(0.99, buckets), legend: 'p99' },
  ] as const;
}

/** What each of some events brought on average: the mean of a histogram from its sum and count. */
export function mean(sum: string, count: string): string {
  return `${sum} / (${count} > 0)`;
}

/** A matcher of a boundary: a whole one is `5.0` where Prometheus scrapes, `5` where gateways push. */
export function le(boundary: number): string {
  return Number.isInteger(boundary) ? `le=~"${boundary}(\\\\.0)?"` : `le="${boundary}"`;
}

/** What all processes hold now. */
export function total(gauge: string, labels: readonly string[] = []): string {
  return `sum${by(labels)} (${gauge})`;
}

/**
 * Gives lines without a value of `label` a name that a legend can show. Of our own metrics those are the measurements of a metric
 * that is full.
 */
export function named(label: string, expr: string, nameless = 'overflow'): string {
  return `label_replace(${expr}, "${label}", "${nameless}", "${label}", "")`;
}

/**
 * Puts lines before the others of a panel: those whose value of `label` matches. Prometheus sorts lines by their labels as text, and
 * 6-10 after 51+; the label that leads is shown nowhere.
 *
 * @param label any that comes after `first` in the alphabet
 */
export function first(label: string, matching: string, expr: string): string {
  return `label_replace(${expr}, "first", "1", "${label}", "${matching}")`;
}
