// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  type Catalogue,
  type CatalogueMetric,
  catalogue,
  type Label,
  type Runtime,
  runtimes,
  type Service,
} from './catalogue.ts';

/* What a metric may cost. The currency is lines of an endpoint's exposition. */

/** Instances of each service the shipped limits leave room for. */
export const instances = 2;

/** Label sets over the life of a process of a metric that states no number of its own. */
export const defaultLabelSets = { histogram: 60, counter: 500, gauge: 500 } as const;

/** The label of the conventions that only failures have. */
export const errorType = 'error.type' satisfies keyof Catalogue['http.server.request.duration']['labels'];

/** Of HTTP: 1xx to 5xx. */
const statusClasses = 5;

/** Lines of an instance that belong to no metric: `target_info` and the collector's heartbeat. */
const linesOfSender = 2;

/** Lines of an endpoint itself: `onyx_collector_listening_seconds`, once the collector has listened for long enough to know who is silent. */
export const linesOfEndpoint = 1;

export interface SetLimits {
  /** Label sets in all, the overflow's included. */
  readonly all: number;
  /**
   * How many sets there may be when one is added: the first number is for a set without folded labels, the second for one whose first
   * folding label is `other`, and so on. The rest stays free as a place to fold to. It holds every combination of the remaining labels
   * when they take at most half of the metric, and totals by them are then exact. Where there are too many, it is a quarter. The last
   * number is one less than all where an overflow can happen.
   */
  readonly room: readonly [number, ...number[]];
  /** Those of the room that only what failed may take, which has an `error.type`, unless there is nothing left to fold. */
  readonly forFailures: number;
}

/** What a process is told to show instead of what the catalogue says. */
export interface Detail {
  /** `ONYX_USER_ID_MAX`: users, or cohorts, of each metric; each one more is a label set more. */
  readonly users?: number | undefined;
  /** `ONYX_DETAIL`: how many times the limits of labels whose values appear at run time, and the label sets of their metrics. */
  readonly factor?: number | undefined;
}

/** `metric` with the limits that a process is told to keep. */
export function sized(metric: CatalogueMetric, { users, factor = 1 }: Detail): CatalogueMetric {
  const given = Object.entries<Label>(metric.labels);
  const times = (count: number): number => Math.max(1, Math.round(count * factor));
  const labels = given.map(([name, label]): [string, Label] => {
    if (!('limit' in label)) return [name, label];
    return [name, { ...label, limit: (label.pseudonym ? users : undefined) ?? times(label.limit) }];
  });
  const isOpen = given.some(([, label]) => 'limit' in label);
  const sets = metric.maxLabelSets ?? defaultLabelSets[metric.kind];
  const usersIn = (count: (limit: number) => number) =>
    given.reduce((all, [, label]) => ('limit' in label && label.pseudonym ? all * count(label.limit) : all), 1);
  const more = users === undefined ? 0 : usersIn(() => users) - usersIn(times);
  return {
    ...metric,
    labels: Object.fromEntries(labels),
    maxLabelSets: isOpen ? Math.max(2, times(sets) + more) : sets,
  };
}

/** How many label sets a metric may show over the life of a process. */
export function setLimits(metric: CatalogueMetric): SetLimits {
  const labels = Object.values<Label>(metric.labels);
  const cap = metric.maxLabelSets ?? defaultLabelSets[metric.kind];
  const possible = product(labels, shownValues);
  const all = Math.min(cap, possible);
  const places = foldingPlaces(labels);
  // What has no value of a folding label folds into itself.
  const kept = (place: number, values: typeof listedValues) =>
    product(labels, (label) => (placeOf(label) <= place ? foldedValues(label) : values(label)));
  const reserved: number[] = [];
  for (const place of [...places].reverse()) {
    const combinations = kept(place, listedValues);
    reserved.unshift(Math.max(combinations <= cap / 2 ? combinations : Math.floor(cap / 4), reserved[0] ?? 0));
  }
  const deepest = places.at(-1) ?? 0;
  const overflows = possible > cap && (reserved.at(-1) ?? 0) < kept(deepest, shownValues);
  const distinct = overflows ? cap - 1 : all;
  const [first = 0, ...others] = [...reserved, 0].map((places) => distinct - places);
  const forFailures = errorType in metric.labels ? Math.floor(cap / 10) : 0;
  return { all, room: [first, ...others], forFailures };
}

/** The places of labels that fold, in their order. */
export function foldingPlaces(labels: readonly Label[]): readonly number[] {
  return [...new Set(labels.map(placeOf))].filter(Number.isFinite).sort((one, other) => one - other);
}

/** Infinity of a label that does not fold. */
export function placeOf({ folds }: Label): number {
  return Number(folds ?? Number.POSITIVE_INFINITY);
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
  return linesOfEndpoint + instances * Math.max(...runtimes.map(ofOne));
}

function product(labels: readonly Label[], values: (label: Label) => number): number {
  return labels.reduce((sets, label) => sets * values(label), 1);
}

/** `other`, or the classes of a status and `other`; and nothing. */
function foldedValues(label: Label): number {
  return ('limit' in label && label.foldsToClass ? statusClasses + 1 : 1) * (label.optional ? 2 : 1);
}

function listedValues(label: Label): number {
  return ('values' in label ? label.values.length : label.limit + 1) + (label.optional ? 1 : 0);
}

/** What is not listed shows as `other`. */
function shownValues(label: Label): number {
  return listedValues(label) + ('values' in label && !label.values.includes('other') ? 1 : 0);
}
