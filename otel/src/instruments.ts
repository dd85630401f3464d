// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type Attributes, metrics } from '@opentelemetry/api';
import { type Catalogue, catalogue, type Label, type MetricName } from './catalogue.ts';

/**
 * The catalogue's instruments, on the global provider: they do nothing until `otel/register` (or any other SDK) has been
 * loaded. Nothing here throws, whatever it is given: a measurement that cannot be right is dropped and counted.
 */

type NameOf<Kind> = { [Name in MetricName]: Catalogue[Name]['kind'] extends Kind ? Name : never }[MetricName];

/** Records one value with its labels. */
export type Measure = (value: number, labels: Attributes) => void;

const meter = metrics.getMeter('onyx');

function describe(name: MetricName): { unit: string; description: string } {
  const { unit, description } = catalogue[name];
  return { unit, description };
}

const droppedName = 'onyx_telemetry_dropped_total';
const dropped = meter.createCounter(droppedName, describe(droppedName));

/** A day: whatever takes longer was not measured but miscalculated. */
const maxSeconds = 86_400;

/** Whether `value` can be a measurement in `unit`: a finite number from 0, and of seconds at most a day. */
export function isPossible(value: unknown, unit: string): value is number {
  return typeof value === 'number' && value >= 0 && value <= (unit === 's' ? maxSeconds : Number.MAX_SAFE_INTEGER);
}

/** Counts a measurement of `metric` that was not recorded. */
export function drop(metric: string, reason: 'value' | 'error'): void {
  dropped.add(1, { metric, reason });
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

export function histogram(name: NameOf<'histogram'>): Measure {
  const instrument = meter.createHistogram(name, describe(name));
  const { unit } = catalogue[name];
  return (value, labels) => {
    if (isPossible(value, unit)) instrument.record(value, labels);
    else drop(name, 'value');
  };
}

export function counter(name: NameOf<'counter'>): Measure {
  const instrument = meter.createCounter(name, describe(name));
  showZeros(name, (labels) => instrument.add(0, labels));
  const { unit } = catalogue[name];
  return (value, labels) => {
    if (isPossible(value, unit)) instrument.add(value, labels);
    else drop(name, 'value');
  };
}

/** A gauge that is the sum of what was added and taken away. */
export function upDownCounter(name: NameOf<'gauge'>): Measure {
  const instrument = meter.createUpDownCounter(name, describe(name));
  showZeros(name, (labels) => instrument.add(0, labels));
  return (value, labels) => instrument.add(value, labels);
}

/**
 * Shows every label set of a metric with closed labels at 0: a dashboard can then tell "none yet" from "not measured".
 * `other` is left out, it is the exception.
 */
function showZeros(name: MetricName, show: (labels: Attributes) => void): void {
  let sets: Attributes[] = [{}];
  for (const [label, allowed] of Object.entries<Label>(catalogue[name].labels)) {
    const values = 'values' in allowed ? allowed.values.filter((value) => value !== 'other') : [];
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value })));
  }
  for (const set of sets) show(set);
}

/** Seconds since `start`, a reading of `performance.now()`: the monotonic clock, which no clock adjustment touches. */
export function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
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
