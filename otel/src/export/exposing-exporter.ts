// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { AggregationTemporality, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Endpoint } from './endpoint.ts';

/**
 * An exporter that shows on `/metrics` what it is given, and hands it on where there is another one. A second reader instead
 * would leak memory and rob the first one of what is reset at each collection.
 */
export class ExposingExporter implements PushMetricExporter {
  readonly #endpoint: Endpoint;
  readonly #next: PushMetricExporter | undefined;

  constructor(endpoint: Endpoint, next: PushMetricExporter | undefined) {
    this.#endpoint = endpoint;
    this.#next = next;
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    const shown = this.#endpoint.show(metrics);
    if (this.#next !== undefined) {
      shown.catch(() => {});
      this.#next.export(metrics, done);
      return;
    }
    shown.then(
      () => done({ code: ExportResultCode.SUCCESS }),
      (error: Error) => done({ code: ExportResultCode.FAILED, error }),
    );
  }

  /** Prometheus knows totals only. */
  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  async forceFlush(): Promise<void> {
    await this.#next?.forceFlush();
  }

  async shutdown(): Promise<void> {
    this.#endpoint.close();
    await this.#next?.shutdown();
  }
}
