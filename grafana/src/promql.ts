// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Catalogue, MetricName } from 'otel/catalogue';

/*
 * Expressions over the metrics of our own catalogue. The compiler knows their names and labels, so that a board cannot ask for one
 * that nobody emits.
 */

type Of<Kind> = { [Name in MetricName]: Catalogue[Name]['kind'] extends Kind ? Name : never }[MetricName];
type LabelOf<Name extends MetricName> = keyof Catalogue[Name]['labels'] & string;

/** How long a rate looks back: Grafana makes it at least four scrapes. */
const window = '$__rate_interval';

const by = (labels: readonly string[]): string => (labels.length > 0 ? ` by (${labels.join(', ')})` : '');

/** Events a second of a counter, or observations a second of a histogram; `where` is a label matcher such as `success="false"`. */
export function rate<Name extends Of<'counter' | 'histogram'>>(
  counts: Name extends Of<'histogram'> ? `${Name}_count` : Name,
  labels: readonly LabelOf<Name>[] = [],
  where = '',
): string {
  return `sum${by(labels)} (rate(${counts}${where && `{${where}}`}[${window}]))`;
}

/** Share of the events for which `where` holds: 0 when there were only others, nothing when there were none at all. */
export function share<Name extends Of<'counter' | 'histogram'>>(
  counts: Name extends Of<'histogram'> ? `${Name}_count` : Name,
  labels: readonly LabelOf<Name>[],
  where: string,
): string {
  const all = rate(counts, labels);
  // A series begins with its first event, so a missing one stands for zero.
  return `(${rate(counts, labels, where)} or ${all} * 0) / (${all} > 0)`;
}

/** Quantile `q` of a histogram, from its buckets summed over every process. */
export function quantile<Name extends Of<'histogram'>>(
  q: number,
  name: Name,
  labels: readonly LabelOf<Name>[] = [],
): string {
  return `histogram_quantile(${q}, sum${by(['le', ...labels])} (rate(${name}_bucket[${window}])))`;
}

/** What all processes hold now. */
export function total<Name extends Of<'gauge'>>(name: Name, labels: readonly LabelOf<Name>[] = []): string {
  return `sum${by(labels)} (${name})`;
}
