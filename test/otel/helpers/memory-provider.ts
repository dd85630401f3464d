// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { catalogueViews, type ViewsOptions, viewAllOthers } from '../../../otel/src/sdk/views.ts';

const views: ViewsOptions = {
  users: { show: (user) => `u_${Buffer.from(user).toString('hex').slice(0, 12)}` },
};

/** A real SDK with the preload's views, whose exports stay in memory; it becomes the global provider. */
export class MemoryProvider {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #provider = new MeterProvider({
    views: catalogueViews(views),
    readers: [new PeriodicExportingMetricReader({ exporter: this.#exporter, exportIntervalMillis: 2 ** 31 - 1 })],
  });

  constructor() {
    viewAllOthers(this.#provider, views);
    metrics.setGlobalMeterProvider(this.#provider);
  }

  /** All metrics of this moment, by name. */
  async collect(): Promise<Map<string, MetricData>> {
    this.#exporter.reset();
    await this.#provider.forceFlush();
    const scopes = this.#exporter.getMetrics().flatMap((resource) => resource.scopeMetrics);
    return new Map(scopes.flatMap((scope) => scope.metrics).map((metric) => [metric.descriptor.name, metric]));
  }

  /** The points of a histogram. */
  async histogram(name: string): Promise<DataPoint<Histogram>[]> {
    return ((await this.collect()).get(name)?.dataPoints ?? []) as DataPoint<Histogram>[];
  }

  /** The points of a counter or gauge that are not 0. */
  async numbers(name: string): Promise<DataPoint<number>[]> {
    const points = ((await this.collect()).get(name)?.dataPoints ?? []) as DataPoint<number>[];
    return points.filter((point) => point.value !== 0);
  }

  shutdown(): Promise<void> {
    return this.#provider.shutdown();
  }
}
