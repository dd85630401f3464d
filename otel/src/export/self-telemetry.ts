// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Attributes, MeterProvider } from '@opentelemetry/api';
import { catalogue } from '../catalogue/catalogue.ts';
import type { LabelsOf } from '../record/instruments.ts';

const names = [
  'onyx_telemetry_exports_total',
  'onyx_telemetry_folds_total',
] as const satisfies readonly (keyof typeof catalogue)[];

/** A count kept outside the SDK: counting what the SDK's own views do through the SDK would call them again. */
export class SelfTelemetry {
  readonly #counts = new Map<string, Map<string, { readonly attributes: Attributes; value: number }>>();

  /** Says that there will be exports: how many went well, and how many did not, is known from now on. */
  exports(): void {
    for (const success of [true, false]) this.#countExports(success, 0);
  }

  /** One more export, and how it ended. */
  exported(success: boolean): void {
    this.#countExports(success, 1);
  }

  #countExports(success: boolean, more: number): void {
    const labels = { success: String(success) } satisfies LabelsOf<'onyx_telemetry_exports_total'>;
    this.#count('onyx_telemetry_exports_total', labels, more);
  }

  /** One more measurement whose labels no longer fitted `metric`. */
  folded(metric: string): void {
    this.#count('onyx_telemetry_folds_total', { metric } satisfies LabelsOf<'onyx_telemetry_folds_total'>, 1);
  }

  #count(name: (typeof names)[number], attributes: Attributes, more: number): void {
    const key = Object.values(attributes).join();
    const points = this.#counts.get(name) ?? new Map();
    const point = points.get(key) ?? { attributes, value: 0 };
    point.value += more;
    this.#counts.set(name, points.set(key, point));
  }

  /** Reports the counts as observable counters of `provider`. */
  observe(provider: MeterProvider): void {
    const meter = provider.getMeter('onyx.telemetry');
    for (const name of names) {
      meter.createObservableCounter(name, catalogue[name]).addCallback((result) => {
        for (const { attributes, value } of this.#counts.get(name)?.values() ?? []) result.observe(value, attributes);
      });
    }
  }
}
