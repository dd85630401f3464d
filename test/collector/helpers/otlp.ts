// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Metrics as OTLP/JSON, posted as any SDK would. Times are milliseconds since the epoch. */

interface Attributes {
  readonly [key: string]: string | number | boolean | Uint8Array | readonly string[] | Attributes;
}

interface Point {
  readonly attributes?: Attributes;
  /** When the series began; default: a second before `at`. */
  readonly start?: number;
  /** Default: now. */
  readonly at?: number;
  /** What else the measurement of an exemplar had; default: there is none. */
  readonly exemplar?: Attributes;
}

interface NumberPoint extends Point {
  readonly value: number;
}

interface HistogramPoint extends Point {
  /** Observations in each bucket, the last one unbounded. */
  readonly counts: readonly number[];
  readonly sum: number;
}

interface ExponentialPoint extends HistogramPoint {
  /** Boundaries are the powers of 2 ** 2 ** -scale. */
  readonly scale: number;
  /** The index of the first bucket. */
  readonly offset: number;
  readonly zeroCount?: number;
  /** Observations below 0, from the bucket at `offset` on. */
  readonly negative?: readonly number[];
}

export interface Sender {
  readonly service: string;
  /** Default: the first one; null: it says none. */
  readonly instance?: string | null;
  readonly resource?: Attributes;
}

/** An instance id as our preload makes them; others are hashed. */
export const instance = (number: number) => `sender-0000000${number}-0`;

export function counter(name: string, points: readonly NumberPoint[], description = ''): object {
  return { name, description, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points.map(number) } };
}

function withTemporality(metric: object, aggregationTemporality: number): object {
  return Object.fromEntries(
    Object.entries(metric).map(([key, value]) => [
      key,
      typeof value === 'object' ? { ...value, aggregationTemporality } : value,
    ]),
  );
}

/** The same metric with what is new since the last export, as `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta` makes it. */
export const delta = (metric: object): object => withTemporality(metric, 1);

/** The same metric from a sender that leaves the field out. */
export const unspecified = (metric: object): object => withTemporality(metric, 0);

/** The same sum from a sender that writes whole numbers as integers. */
export function asIntegers(metric: object): object {
  const { sum, ...rest } = metric as { sum: { dataPoints: { asDouble: number }[] } };
  const dataPoints = sum.dataPoints.map(({ asDouble, ...point }) =>
    Number.isInteger(asDouble) ? { ...point, asInt: String(asDouble) } : { ...point, asDouble },
  );
  return { ...rest, sum: { ...sum, dataPoints } };
}

/** What goes up and down, such as requests in flight. */
export function upDownCounter(name: string, points: readonly NumberPoint[]): object {
  return { name, sum: { aggregationTemporality: 2, isMonotonic: false, dataPoints: points.map(number) } };
}

export function gauge(name: string, points: readonly NumberPoint[]): object {
  return { name, gauge: { dataPoints: points.map(number) } };
}

export function histogram(name: string, bounds: readonly number[], points: readonly HistogramPoint[]): object {
  const dataPoints = points.map((point) => ({
    ...common(point),
    count: point.counts.reduce((total, count) => total + count, 0),
    sum: point.sum,
    bucketCounts: point.counts,
    explicitBounds: bounds,
  }));
  return { name, unit: 's', histogram: { aggregationTemporality: 2, dataPoints } };
}

export function exponential(name: string, points: readonly ExponentialPoint[], unit = 's'): object {
  const dataPoints = points.map((point) => ({
    ...common(point),
    count: [...point.counts, ...(point.negative ?? [])].reduce((total, count) => total + count, point.zeroCount ?? 0),
    sum: point.sum,
    scale: point.scale,
    zeroCount: point.zeroCount ?? 0,
    positive: { offset: point.offset, bucketCounts: point.counts },
    ...(point.negative && { negative: { offset: point.offset, bucketCounts: point.negative } }),
  }));
  return { name, unit, exponentialHistogram: { aggregationTemporality: 2, dataPoints } };
}

interface SummaryPoint extends Point {
  readonly count: number;
  readonly sum: number;
}

/** As a bridge from a Prometheus client makes it, with a median of 1. */
export function summary(name: string, points: readonly SummaryPoint[]): object {
  const dataPoints = points.map((point) => ({
    ...common(point),
    count: point.count,
    sum: point.sum,
    quantileValues: [{ quantile: 0.5, value: 1 }],
  }));
  return { name, unit: 's', summary: { dataPoints } };
}

interface Scope {
  readonly name?: string;
  readonly version?: string;
  readonly attributes?: Attributes;
}

export interface Message {
  readonly resourceMetrics: readonly {
    readonly resource: object;
    readonly scopeMetrics: readonly { readonly scope: object; readonly metrics: readonly object[] }[];
  }[];
}

/** The body of a request: the metrics of one process. */
export function message(sender: Sender, metrics: readonly object[], scope: Scope = {}): Message {
  const resource = {
    'service.name': sender.service,
    ...(sender.instance !== null && { 'service.instance.id': sender.instance ?? instance(1) }),
    ...sender.resource,
  };
  const described = { ...scope, attributes: attributes(scope.attributes ?? {}) };
  return {
    resourceMetrics: [
      { resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope: described, metrics }] },
    ],
  };
}

/** Posts the metrics of one process and returns the status of the answer. */
export async function send(
  url: string,
  sender: Sender,
  metrics: readonly object[],
  scope: Scope = {},
): Promise<number> {
  return post(url, message(sender, metrics, scope));
}

/** Posts what several processes or scopes say in one request, as a gateway that gathers does, and returns the status of the answer. */
export function sendTogether(url: string, messages: readonly Message[]): Promise<number> {
  return post(url, { resourceMetrics: messages.flatMap(({ resourceMetrics }) => resourceMetrics) });
}

async function post(url: string, body: Message): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}

function number(point: NumberPoint): object {
  return { ...common(point), asDouble: point.value };
}

function common({ attributes: labels = {}, at = Date.now(), start = at - 1000, exemplar }: Point): object {
  const timeUnixNano = `${at}000000`;
  const exemplars = exemplar && [{ timeUnixNano, asDouble: 1, filteredAttributes: attributes(exemplar) }];
  return { attributes: attributes(labels), timeUnixNano, startTimeUnixNano: `${start}000000`, exemplars };
}

function attributes(values: Attributes): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: typed(value) }));
}

function typed(value: Attributes[string]): object {
  if (typeof value === 'number') return { intValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  return Array.isArray(value)
    ? { arrayValue: { values: value.map(typed) } }
    : { kvlistValue: { values: attributes(value as Attributes) } };
}
