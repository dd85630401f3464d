// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { MeterProvider } from '@opentelemetry/api';
import { type Catalogue, catalogue } from '../catalogue/catalogue.ts';
import type { EndedOperation } from './database-operation.ts';

const durationName = 'db.client.operation.duration';
type DurationLabels = Partial<Record<keyof Catalogue[typeof durationName]['labels'], string | number>>;

/**
 * Returns what records an operation that has ended, by the convention for `db.client.operation.duration`.
 * https://opentelemetry.io/docs/specs/semconv/db/database-metrics/
 */
export function databaseRecorder(provider: MeterProvider): (operation: EndedOperation) => void {
  const advice = { explicitBucketBoundaries: [...catalogue[durationName].boundaries] };
  const duration = provider.getMeter('onyx.db').createHistogram(durationName, { ...catalogue[durationName], advice });
  return ({ system, name, address, port, error, seconds }) => {
    const attributes: DurationLabels = {
      'db.system.name': system,
      'db.operation.name': name,
      'server.address': address,
      'server.port': port,
    };
    if (error !== undefined) attributes['error.type'] = error;
    duration.record(seconds, attributes);
  };
}
