// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import { catalogue } from '../catalogue/catalogue.ts';
import type { LabelsOf } from '../record/instruments.ts';

/** What is used of the SDK's insides, pinned and bundled; hostile-input.test.ts fails when it changes. */
interface ProviderInternals {
  readonly _sharedState: { getMeterSharedState(scope: object): MeterInternals };
}
interface MeterInternals {
  registerMetricStorage(instrument: { readonly name: string }): Storage;
}
interface Storage {
  record(value: number, attributes: unknown, context: unknown, time: number): void;
}

/**
 * Makes every instrument of `provider` drop and count values that are not finite: added once, NaN or infinity stays the
 * value of a counter, or the sum of a histogram, for the life of the process.
 */
export function dropInfiniteValues(provider: MeterProvider): void {
  const name = 'onyx_telemetry_dropped_total';
  const drop = (metric: string): void =>
    provider
      .getMeter('onyx')
      .createCounter(name, catalogue[name])
      .add(1, { metric, reason: 'value' } satisfies LabelsOf<typeof name>);

  const state = (provider as unknown as ProviderInternals)._sharedState;
  const known = new WeakSet<object>();
  const once = <T extends object>(made: T, prepare: (made: T) => void): T => {
    if (!known.has(made)) prepare(made);
    known.add(made);
    return made;
  };
  const meterOf = state.getMeterSharedState.bind(state);
  state.getMeterSharedState = (scope) =>
    once(meterOf(scope), (meter) => {
      const storageOf = meter.registerMetricStorage.bind(meter);
      meter.registerMetricStorage = (instrument) =>
        once(storageOf(instrument), (storage) => {
          const { record } = storage;
          storage.record = (value, attributes, context, time) => {
            if (Number.isFinite(value)) record.call(storage, value, attributes, context, time);
            else drop(instrument.name);
          };
        });
    });
}
