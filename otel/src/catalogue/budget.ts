// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type CatalogueMetric, catalogue, type Label, type Runtime, runtimes, type Service } from './catalogue.ts';

/* What a metric may cost. The currency is lines of an endpoint's exposition. */

/** Instances of each service the shipped limits leave room for. */
export const instances = 2;

/** Label sets over the life of a process of a metric that states no number of its own. */
export const defaultLabelSets = { histogram: 60, counter: 500, gauge: 500 } as const;

/** Lines of an instance that belong to no metric: `target_info` and the collector's heartbeat. */
const linesOfSender = 2;

export interface SetLimits {
  /** Label sets in all, the overflow's included. */
  readonly all: number;
  /** Those that may be told apart; one less where an overflow can happen. */
  readonly distinct: number;
  /**
   * Those of them whose folding label is not `other`. The rest is kept free, so that there is a place to fold to: one for
   * every combination of the other labels when they take at most half of the metric, and totals by them are then exact;
   * a quarter where there are too many.
   */
  readonly unfolded: number;
}

/** @param users what `ONYX_USER_ID_MAX` allows instead of the limit of the metric's own label; each user is one label set more */
export function setLimits(metric: CatalogueMetric, users?: number): SetLimits {
  const labels = Object.values<Label>(metric.labels).map((label) =>
    'limit' in label && label.pseudonym && users !== undefined ? { ...label, limit: users } : label,
  );
  const more = product(labels, usersOf) - product(Object.values<Label>(metric.labels), usersOf);
  const cap = (metric.maxLabelSets ?? defaultLabelSets[metric.kind]) + more;
  const possible = product(labels, shownValues);
  const all = Math.min(cap, possible);
  const remaining = labels.filter(({ folds }) => !folds);
  const folding = labels.find(({ folds }) => folds);
  // What has no value of the folding label folds into itself.
  const combinations = folding ? product(remaining, listedValues) * (folding.optional ? 2 : 1) : 0;
  const reserved = combinations <= cap / 2 ? combinations : Math.floor(cap / 4);
  const overflows = possible > cap && reserved < product(remaining, shownValues);
  const distinct = overflows ? cap - 1 : all;
  return { all, distinct, unfolded: distinct - reserved };
}

/** Lines of one label set: a histogram has one for each boundary, for +Inf, sum and count. */
export function linesPerSet(metric: CatalogueMetric): number {
  return metric.kind === 'histogram' ? metric.boundaries.length + 3 : 1;
}

/** The most lines one process can ever show of a metric. */
export function linesOf(metric: CatalogueMetric): number {
  return setLimits(metric).all * linesPerSet(metric);
}

/** What the processes of `service` record, written in one language or in any. */
export function metricsOf(service: Service, language?: Runtime): [name: string, metric: CatalogueMetric][] {
  return Object.entries<CatalogueMetric>(catalogue).filter(
    ([, { services, runtime = language }]) =>
      (services?.includes(service) ?? true) && (language === undefined || runtime === language),
  );
}

/** The most lines the endpoint of `service` can ever have with the metrics of the catalogue, in whichever language it is written. */
export function endpointLines(service: Service): number {
  const ofOne = (language: Runtime): number =>
    metricsOf(service, language).reduce((sum, [, metric]) => sum + linesOf(metric), linesOfSender);
  return instances * Math.max(...runtimes.map(ofOne));
}

function product(labels: readonly Label[], values: (label: Label) => number): number {
  return labels.reduce((sets, label) => sets * values(label), 1);
}

function usersOf(label: Label): number {
  return 'limit' in label && label.pseudonym ? label.limit : 1;
}

function listedValues(label: Label): number {
  return ('values' in label ? label.values.length : label.limit + 1) + (label.optional ? 1 : 0);
}

/** What is not listed shows as `other`. */
function shownValues(label: Label): number {
  return listedValues(label) + ('values' in label && !label.values.includes('other') ? 1 : 0);
}
