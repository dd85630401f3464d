// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type Attributes, metrics as api, type ObservableResult } from '@opentelemetry/api';
import { declaredMetrics, define, definitionOf } from '../catalogue/application-metrics.ts';
import { placeOf } from '../catalogue/budget.ts';
import type {
  CatalogueMetric,
  ClosedLabel,
  CounterMetric,
  GaugeMetric,
  HistogramMetric,
  Label,
  OpenLabel,
} from '../catalogue/catalogue.ts';
import { prometheusName } from '../catalogue/prometheus-name.ts';
import { isPersonalLabel } from '../limit/personal-labels.ts';
import { drop, isPossible, quietly, startClock } from './instruments.ts';

type Own<Metric> = Omit<Metric, 'labels' | 'services'> & {
  /** By name; none by default, and whatever else is recorded with it is dropped. */
  readonly labels?: Readonly<Record<string, Label>>;
};

/** A value that is read whenever metrics are exported. */
export interface ObservableMetric extends Omit<Own<GaugeMetric>, 'kind' | 'labels'> {
  /** Shown as a gauge. */
  readonly kind: 'observable';
  /** Closed labels only: two readings that become one label set are added. */
  readonly labels?: Readonly<Record<string, ClosedLabel>>;
  /** Returns the value, or each value with its labels: finite numbers, in `unit`. What it throws is counted, and nothing reported. */
  readonly observe: () => number | Iterable<readonly [value: number, labels: Readonly<Record<string, string>>]>;
}

/**
 * A metric of an application's own.
 *
 * `unit` is a UCUM unit, or an annotation such as `{order}` that adds nothing to the name. `boundaries` are finite, sorted upper bounds.
 * `labels` are closed (`values`) or open (`limit`); one that identifies a person is a `pseudonym`. `maxLabelSets` is 60 for a histogram
 * and 500 for others by default.
 */
export type MetricDefinition = Own<CounterMetric> | Own<HistogramMetric> | Own<GaugeMetric> | ObservableMetric;

type ValueOf<L extends Label> = L extends ClosedLabel ? L['values'][number] : string;
type OptionalNames<L> = { [Name in keyof L]: L[Name] extends { optional: true } ? Name : never }[keyof L];
type LabelsOf<D> = D extends { labels: infer L extends Readonly<Record<string, Label>> }
  ? { readonly [Name in Exclude<keyof L, OptionalNames<L>>]: ValueOf<L[Name]> } & {
      readonly [Name in OptionalNames<L>]?: ValueOf<L[Name]>;
    }
  : Readonly<Record<string, never>>;
type Rest<D> = D extends { labels: object } ? [labels: LabelsOf<D>] : [];

/** What a histogram in seconds has as well. */
interface Timed<Labels> {
  /**
   * Starts a clock, whose end records the seconds.
   *
   * @param labels those that are known already; the others are given at the end
   */
  readonly startTimer: <Known extends Partial<Labels> = object>(
    labels?: Known,
  ) => RunningTimer<Omit<Labels, keyof Known>>;
}

/** A clock that runs. */
export interface RunningTimer<Labels> {
  /** Records the seconds since the start, the first time it is called. */
  readonly end: (...labels: Record<never, never> extends Labels ? [labels?: Labels] : [labels: Labels]) => void;
}

/** What records a metric; nothing for an observable. No method throws: an impossible value is dropped and counted. */
export type MetricHandle<D extends MetricDefinition> = D['kind'] extends 'counter'
  ? {
      /** @param amount from 0 */
      readonly add: (amount: number, ...labels: Rest<D>) => void;
    }
  : D['kind'] extends 'histogram'
    ? {
        /** @param value from 0, in the metric's unit */
        readonly record: (value: number, ...labels: Rest<D>) => void;
      } & (D['unit'] extends 's' ? Timed<LabelsOf<D>> : object)
    : D['kind'] extends 'gauge'
      ? {
          /** @param value any finite number */
          readonly set: (value: number, ...labels: Rest<D>) => void;
        }
      : undefined;

/**
 * Defines an application's own metrics, by name, and returns what records them. Whatever creates an instrument of such a
 * name meets the definition's boundaries, limits and pseudonyms.
 *
 * @throws a TypeError that names the metric and the mistake, such as a name that is taken or that Prometheus cannot read, a reserved
 * label, unsorted boundaries, or an empty set of values
 */
export function defineMetrics<const D extends Readonly<Record<string, MetricDefinition>>>(
  definitions: D,
): { readonly [Name in keyof D]: MetricHandle<D[Name]> } {
  const handles = Object.entries(definitions).map(([name, definition]) => {
    const metric = asMetric(definition);
    const known = definitionOf(name);
    // The same module may be loaded twice, as CommonJS and as an ES module.
    if (known === undefined || JSON.stringify(known) !== JSON.stringify(metric)) {
      const fault = faultOf(name, metric, definition);
      if (fault !== undefined) throw new TypeError(`metric ${JSON.stringify(name)}: ${fault}`);
      define(name, metric);
    }
    return [name, handleOf(name, definition)];
  });
  return Object.fromEntries(handles);
}

/** In the catalogue's terms; a label shown as a pseudonym folds first when the metric is full. */
function asMetric({ labels = {}, kind, ...rest }: MetricDefinition): CatalogueMetric {
  const folding = Object.entries<Label>(labels).map(([name, label]) => [
    name,
    'limit' in label && label.pseudonym ? { folds: true, ...label } : label,
  ]);
  return {
    ...rest,
    kind: kind === 'observable' ? 'gauge' : kind,
    labels: Object.fromEntries(folding),
  } as CatalogueMetric;
}

const metricName = /^[a-zA-Z][a-zA-Z0-9_.]{0,254}$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_.]*$/;
const reservedLabel = /^(le|quantile|job|instance|service|__.*|otel_.*|exported_.*)$/;
const maxBoundaries = 30;
const maxValues = 1_000;

/** What is wrong with a definition, if anything is. */
function faultOf(name: string, metric: CatalogueMetric, definition: MetricDefinition): string | undefined {
  if (!metricName.test(name)) return 'a name is letters, digits, _ and . and starts with a letter';
  if (!['counter', 'histogram', 'gauge', 'observable'].includes(definition.kind)) {
    return 'kind is counter, histogram, gauge or observable';
  }
  if (typeof metric.description !== 'string' || typeof metric.unit !== 'string')
    return 'description and unit are texts';
  if (definitionOf(name) !== undefined) return 'it is already defined, with a different definition';
  const series = seriesOf(name, metric);
  for (const [other, otherMetric] of declaredMetrics()) {
    const taken = seriesOf(other, otherMetric).find((one) => series.includes(one));
    if (taken !== undefined) return `in Prometheus it is ${taken}, which ${JSON.stringify(other)} is already`;
  }
  if (definition.kind === 'observable' && typeof definition.observe !== 'function') return 'observe is a function';
  if (metric.maxLabelSets !== undefined && !isCount(metric.maxLabelSets, 10_000)) {
    return 'maxLabelSets is a whole number from 1 to 10000';
  }
  return (
    (metric.kind === 'histogram' ? boundariesFault(metric.boundaries) : undefined) ?? labelsFault(metric, definition)
  );
}

/** Every name a metric's series have in Prometheus. */
function seriesOf(name: string, { unit, kind }: CatalogueMetric): string[] {
  const exposed = prometheusName({ name, unit, kind });
  return kind === 'histogram' ? ['', '_bucket', '_count', '_sum'].map((suffix) => exposed + suffix) : [exposed];
}

function boundariesFault(boundaries: readonly number[]): string | undefined {
  if (!Array.isArray(boundaries) || boundaries.length === 0 || boundaries.length > maxBoundaries) {
    return `boundaries are 1 to ${maxBoundaries} numbers`;
  }
  const sorted = boundaries.every(
    (at, index) => Number.isFinite(at) && (index === 0 || at > (boundaries[index - 1] ?? at)),
  );
  return sorted ? undefined : 'boundaries are finite, sorted and each there once';
}

function labelsFault(metric: CatalogueMetric, { kind }: MetricDefinition): string | undefined {
  const labels = Object.entries<Label>(metric.labels);
  const exposed = labels.map(([name]) => name.replaceAll('.', '_'));
  for (const [index, [name, label]] of labels.entries()) {
    const as = exposed[index] ?? name;
    const fault = (text: string): string => `label ${JSON.stringify(name)}: ${text}`;
    if (!labelName.test(name)) return fault('a name is letters, digits, _ and . and starts with a letter or _');
    if (reservedLabel.test(as)) return fault('Prometheus or the collector uses this name');
    if (exposed.indexOf(as) !== index) return fault(`in Prometheus it is ${as}, which another label is already`);
    if (isPersonalLabel(name) && !('limit' in label && label.pseudonym)) return fault('needs pseudonym: true');
    if ('values' in label ? !areValues(label.values) : !isCount((label as OpenLabel).limit, maxValues)) {
      return fault(`has values, each there once, or a limit from 1 to ${maxValues}`);
    }
    if (kind === 'observable' && !('values' in label)) return fault("an observable's labels have values");
  }
  const places = labels.map(([, label]) => placeOf(label)).filter((place) => place !== Number.POSITIVE_INFINITY);
  if (!places.every((place) => isCount(place, labels.length)))
    return 'folds is true, or a whole number from 1: a place in an order';
  return new Set(places).size < places.length ? 'labels fold one after another, each at a place of its own' : undefined;
}

function areValues(values: unknown): boolean {
  return (
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((value) => typeof value === 'string' && value !== '') &&
    new Set(values).size === values.length
  );
}

function isCount(value: unknown, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;
}

function handleOf(name: string, definition: MetricDefinition): unknown {
  const { unit, description } = definition;
  const meter = api.getMeter('onyx.own');
  const checked = (isValid: (value: unknown) => boolean, record: (value: number, labels?: Attributes) => void) => {
    return (value: number, labels?: Attributes) =>
      void quietly(name, () => (isValid(value) ? record(value, labels) : drop(name, 'value')));
  };
  const possible = (value: unknown): boolean => isPossible(value, unit);
  switch (definition.kind) {
    case 'counter': {
      const counter = meter.createCounter(name, { unit, description });
      return { add: checked(possible, (value, labels) => counter.add(value, labels)) };
    }
    case 'histogram': {
      const advice = { explicitBucketBoundaries: [...definition.boundaries] };
      const histogram = meter.createHistogram(name, { unit, description, advice });
      const record = checked(possible, (value, labels) => histogram.record(value, labels));
      const startTimer = (known?: Attributes) =>
        // Seconds are no value in another unit, for callers without types.
        startClock(name, (seconds, labels?: Attributes) =>
          record(unit === 's' ? seconds : Number.NaN, { ...known, ...labels }),
        );
      return { record, startTimer };
    }
    case 'gauge': {
      const gauge = meter.createGauge(name, { unit, description });
      return { set: checked(Number.isFinite, (value, labels) => gauge.record(value, labels)) };
    }
    case 'observable':
      meter
        .createObservableGauge(name, { unit, description })
        .addCallback((result) => quietly(name, () => observe(name, definition, result)));
      return undefined;
  }
}

/** The SDK keeps the last of several readings with equal labels, so those are added here. */
function observe(name: string, { observe, labels = {} }: ObservableMetric, result: ObservableResult): void {
  const observed = observe();
  const sums = new Map<string, { readonly shown: Attributes; sum: number }>();
  for (const [value, raw] of typeof observed === 'number' ? [[observed, {}] as const] : observed) {
    if (!Number.isFinite(value)) {
      drop(name, 'value');
      continue;
    }
    const values: [string, string][] = Object.entries(labels).map(([label, allowed]) => [
      label,
      allowed.values.find((known) => known === raw[label]) ?? (allowed.optional && !raw[label] ? '' : 'other'),
    ]);
    const known = sums.get(values.join());
    if (known !== undefined) known.sum += value;
    else sums.set(values.join(), { shown: Object.fromEntries(values), sum: value });
  }
  for (const { shown, sum } of sums.values()) result.observe(sum, shown);
}
