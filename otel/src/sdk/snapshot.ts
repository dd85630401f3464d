// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type Attributes, ValueType } from '@opentelemetry/api';
import type { MeterProvider, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { runtimeScope } from '../measure/runtime.ts';

/**
 * What is read of the SDK's insides: `exit` handlers run no promises, and the SDK has no collection without them.
 * The SDK is pinned and bundled, so these parts cannot change unnoticed; register.test.ts fails when they do.
 */
interface ProviderInternals {
  readonly _sharedState: {
    readonly resource: ResourceMetrics['resource'];
    readonly metricCollectors: readonly object[];
    readonly meterSharedStates: ReadonlyMap<
      string,
      {
        readonly _instrumentationScope: ResourceMetrics['scopeMetrics'][number]['scope'];
        readonly observableRegistry: ObservableRegistry;
        readonly metricStorageRegistry: { getStorages(collector: object): readonly MetricStorage[] };
      }
    >;
  };
}
interface MetricStorage {
  collect(collector: object, collectionTime: Time): MetricData | undefined;
}
type Time = [seconds: number, nanoseconds: number];

interface ObservableRegistry {
  readonly _callbacks: readonly {
    readonly callback: (result: { observe(value: number, attributes?: Attributes): void }) => unknown;
    readonly instrument: Observable;
  }[];
  readonly _batchCallbacks: readonly {
    readonly callback: (result: {
      observe(instrument: Observable, value: number, attributes?: Attributes): void;
    }) => unknown;
    readonly instruments: ReadonlySet<Observable>;
  }[];
}
interface Observable {
  readonly _descriptor: { readonly valueType: ValueType };
  readonly _metricStorages: readonly { record(readings: Readings, observationTime: Time): void }[];
}
type Readings = Map<Attributes, number>;

/**
 * All metrics at this moment, collected without waiting: an observable instrument whose callback takes its time shows what it
 * last reported. Holds plain data only, so that it can be handed to another thread. Nothing when the provider has no reader.
 */
export function snapshotOf(provider: MeterProvider): ResourceMetrics | undefined {
  const { resource, metricCollectors, meterSharedStates } = (provider as unknown as ProviderInternals)._sharedState;
  const [collector] = metricCollectors;
  if (collector === undefined) return undefined;
  const now = Date.now();
  const time: Time = [Math.trunc(now / 1000), (now % 1000) * 1e6];
  for (const { observableRegistry } of meterSharedStates.values()) observeNow(observableRegistry, time);
  const scopeMetrics = [...meterSharedStates.values()].map((meter) => ({
    scope: { ...meter._instrumentationScope },
    metrics: meter.metricStorageRegistry
      .getStorages(collector)
      .flatMap((storage) => storage.collect(collector, time) ?? []),
  }));
  const { attributes, schemaUrl } = resource;
  return { resource: { attributes, schemaUrl } as ResourceMetrics['resource'], scopeMetrics };
}

/** What the SDK does before each collection, but without awaiting the callbacks. */
function observeNow({ _callbacks, _batchCallbacks }: ObservableRegistry, time: Time): void {
  const read = (callback: () => unknown, readings: ReadonlyMap<Observable, Readings>): void => {
    try {
      callback();
    } catch {
      return;
    }
    for (const [{ _metricStorages }, values] of readings) {
      for (const storage of _metricStorages) storage.record(values, time);
    }
  };
  for (const { callback, instrument } of _callbacks) {
    const values: Readings = new Map();
    const observe = (value: number, attributes: Attributes = {}): unknown =>
      values.set(attributes, asRead(instrument, value));
    read(() => callback({ observe }), new Map([[instrument, values]]));
  }
  for (const { callback, instruments } of _batchCallbacks) {
    const readings = new Map([...instruments].map((instrument): [Observable, Readings] => [instrument, new Map()]));
    const observe = (instrument: Observable, value: number, attributes: Attributes = {}): unknown =>
      readings.get(instrument)?.set(attributes, asRead(instrument, value));
    read(() => callback({ observe }), readings);
  }
}

function asRead({ _descriptor }: Observable, value: number): number {
  return _descriptor.valueType === ValueType.INT ? Math.trunc(value) : value;
}

/** Whether the application did anything worth telling: zeros from the start and the process itself do not count. */
export function holdsMeasurements({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(
    ({ scope, metrics }) =>
      scope.name !== runtimeScope &&
      metrics.some(({ dataPoints }) =>
        dataPoints.some(({ value }) => (typeof value === 'number' ? value !== 0 : (value.count ?? 0) > 0)),
      ),
  );
}
