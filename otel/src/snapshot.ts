import type { MeterProvider, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { runtimeScope } from './runtime.ts';

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
        readonly metricStorageRegistry: { getStorages(collector: object): readonly MetricStorage[] };
      }
    >;
  };
}
interface MetricStorage {
  collect(collector: object, collectionTime: [seconds: number, nanoseconds: number]): MetricData | undefined;
}

/**
 * All metrics at this moment, collected without waiting; observable instruments show what they last reported. Holds plain
 * data only, so that it can be handed to another thread. Nothing when the provider has no reader.
 */
export function snapshotOf(provider: MeterProvider): ResourceMetrics | undefined {
  const { resource, metricCollectors, meterSharedStates } = (provider as unknown as ProviderInternals)._sharedState;
  const [collector] = metricCollectors;
  if (collector === undefined) return undefined;
  const now = Date.now();
  const time: [number, number] = [Math.trunc(now / 1000), (now % 1000) * 1e6];
  const scopeMetrics = [...meterSharedStates.values()].map((meter) => ({
    scope: { ...meter._instrumentationScope },
    metrics: meter.metricStorageRegistry
      .getStorages(collector)
      .flatMap((storage) => storage.collect(collector, time) ?? []),
  }));
  const { attributes, schemaUrl } = resource;
  return { resource: { attributes, schemaUrl } as ResourceMetrics['resource'], scopeMetrics };
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
