// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { MeterProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { catalogue } from '../catalogue/catalogue.ts';
import { runtimeScope } from '../measure/runtime.ts';
import type { LabelsOf } from '../record/instruments.ts';

/** Says when this process started and which version it is: a restart is another time, a deployment another version. */
export function observeStart(provider: MeterProvider, { attributes }: Resource): void {
  const name = 'onyx_process_start_time_seconds';
  const version = attributes['service.version'];
  const labels = (version === undefined ? {} : { version: String(version) }) satisfies LabelsOf<typeof name>;
  const started = Math.round(Date.now() / 1000 - process.uptime());
  provider
    .getMeter(runtimeScope)
    .createObservableGauge(name, catalogue[name])
    .addCallback((result) => result.observe(started, labels));
}
