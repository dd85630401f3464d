// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type Attributes, type AttributeValue, metrics } from '@opentelemetry/api';
import { type Catalogue, type CatalogueMetric, catalogue, type MetricName } from '../catalogue/catalogue.ts';

/**
 * The catalogue's instruments, on the global provider: they do nothing until `otel/register` (or any other SDK) has been
 * loaded. Nothing here throws, whatever it is given: a measurement that cannot be right is dropped and counted.
 */

type NameOf<Kind> = { [Name in MetricName]: Catalogue[Name]['kind'] extends Kind ? Name : never }[MetricName];

/** Labels of a metric, and no others. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof Catalogue[Name]['labels']]?: AttributeValue | undefined;
};

/** Records one value with its labels. */
export type Measure<Name extends MetricName> = (value: number, labels: LabelsOf<Name>) => void;

const meter = metrics.getMeter('onyx');

/** Makes something when it is first used: a service shows only what it records. */
function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const droppedName = 'onyx_telemetry_dropped_total';
const dropped = lazily(() => meter.createCounter(droppedName, catalogue[droppedName]));

/** A day: whatever takes longer was not measured but miscalculated. */
const maxSeconds = 86_400;

/** Whether `value` can be a measurement in `unit`: a finite number from 0, and of seconds at most a day. */
export function isPossible(value: unknown, unit: string): value is number {
  return typeof value === 'number' && value >= 0 && value <= (unit === 's' ? maxSeconds : Number.MAX_SAFE_INTEGER);
}

/** Counts a measurement of `metric` that was not recorded. */
export function drop(metric: string, reason: 'value' | 'error'): void {
  dropped().add(1, { metric, reason } satisfies LabelsOf<typeof droppedName>);
}

/** Runs `action`; what it throws is counted for `metric` and goes no further. */
export function quietly<T>(metric: string, action: () => T): T | undefined {
  try {
    return action();
  } catch {
    drop(metric, 'error');
    return undefined;
  }
}

export function histogram<Name extends NameOf<'histogram'>>(name: Name): Measure<Name> {
  const instrument = lazily(() => meter.createHistogram(name, catalogue[name]));
  const { unit } = catalogue[name];
  return (value, labels) => {
    if (isPossible(value, unit)) instrument().record(value, labels);
    else drop(name, 'value');
  };
}

export function counter<Name extends NameOf<'counter'>>(name: Name): Measure<Name> {
  const instrument = lazily(() => meter.createCounter(name, catalogue[name]));
  const zeros = showingZeros(name, (labels) => instrument().add(0, labels));
  const { unit } = catalogue[name];
  return (value, labels) => {
    zeros();
    if (isPossible(value, unit)) instrument().add(value, labels);
    else drop(name, 'value');
  };
}

/** A gauge that is the sum of what was added and taken away. */
export function upDownCounter<Name extends NameOf<'gauge'>>(name: Name): Measure<Name> {
  const instrument = lazily(() => meter.createUpDownCounter(name, catalogue[name]));
  const zeros = showingZeros(name, (labels) => instrument().add(0, labels));
  return (value, labels) => {
    zeros();
    instrument().add(value, labels);
  };
}

/**
 * Returns what shows every label set of a metric with closed labels at 0, once: a dashboard can then tell "none yet" from
 * "not measured". Done here and now in a service that is known to record the metric. `other` is left out, it is the exception.
 */
function showingZeros(name: MetricName, show: (labels: Attributes) => void): () => void {
  const metric: CatalogueMetric = catalogue[name];
  const zeros = lazily(() => {
    let sets: Attributes[] = [{}];
    for (const [label, allowed] of Object.entries(metric.labels)) {
      const values = 'values' in allowed ? allowed.values.filter((value) => value !== 'other') : [];
      sets = sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value })));
    }
    for (const set of sets) show(set);
    return true;
  });
  if (metric.services?.some((service) => service === process.env.OTEL_SERVICE_NAME)) zeros();
  return zeros;
}

/** Seconds since `start`, a reading of `performance.now()`: the monotonic clock, which no clock adjustment touches. */
export function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

/** Something whose clock runs. */
export interface Running<End> {
  end(how: End): void;
}

/** Starts a clock. The first time that the end is reported, `ended` is told the seconds and how it ended, quietly. */
export function startClock<End = void>(metric: string, ended: (seconds: number, how: End) => void): Running<End> {
  const start = performance.now();
  let running = true;
  return {
    end(how) {
      if (!running) return;
      running = false;
      const seconds = secondsSince(start);
      try {
        ended(seconds, how);
      } catch {
        drop(metric, 'error');
      }
    },
  };
}

export type Outcome<T> =
  | { readonly success: true; readonly result: T }
  | { readonly success: false; readonly error: unknown };

/**
 * Runs `action` and tells `ended` how it ended, quietly; passes on what `action` returns or throws. Something that cannot
 * be run is counted for `metric`, and `undefined` returned.
 */
export async function observed<T>(
  metric: string,
  action: () => T | Promise<T>,
  ended: (outcome: Outcome<T>) => void,
): Promise<T> {
  if (typeof action !== 'function') {
    drop(metric, 'error');
    return undefined as T;
  }
  try {
    const result = await action();
    quietly(metric, () => ended({ success: true, result }));
    return result;
  } catch (error) {
    quietly(metric, () => ended({ success: false, error }));
    throw error;
  }
}
