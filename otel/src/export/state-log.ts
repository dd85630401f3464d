// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type {
  AggregationTemporality,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { SelfTelemetry } from './self-telemetry.ts';

/**
 * An exporter that says when exports start to fail and when they work again, one line each, and is silent in between.
 * Nothing is lost meanwhile: values are cumulative, the next export that arrives carries them.
 */
export class StateLog implements PushMetricExporter {
  readonly #exporter: PushMetricExporter;
  readonly #log: (line: string) => void;
  readonly #telemetry: SelfTelemetry;
  #failing = false;

  constructor(exporter: PushMetricExporter, telemetry: SelfTelemetry, log: (line: string) => void) {
    this.#exporter = exporter;
    this.#telemetry = telemetry;
    this.#log = log;
    telemetry.exports();
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    this.#exporter.export(metrics, (result) => {
      this.#report(result);
      done(result);
    });
  }

  #report({ code, error }: ExportResult): void {
    const failing = code !== ExportResultCode.SUCCESS;
    this.#telemetry.exported(!failing);
    if (failing === this.#failing) return;
    this.#failing = failing;
    this.#log(
      failing
        ? `metrics cannot be delivered (${error?.message ?? 'no reason given'}); they are kept and sent when the collector answers`
        : 'metrics are delivered again',
    );
  }

  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return this.#exporter.selectAggregationTemporality?.(instrumentType) as AggregationTemporality;
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
