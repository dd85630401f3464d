// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { MeterProvider } from '@opentelemetry/api';
import { type Catalogue, catalogue } from '../catalogue/catalogue.ts';
import type { EndedOperation, GivenConnection } from './database-operation.ts';

const durationName = 'db.client.operation.duration';
const waitName = 'db.client.connection.wait_time';
type DurationLabels = Partial<Record<keyof Catalogue[typeof durationName]['labels'], string | number>>;
type WaitLabels = Partial<Record<keyof Catalogue[typeof waitName]['labels'], string | number>>;

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

/** Returns what records how long a pool took to give a connection, by the same conventions. */
export function waitRecorder(provider: MeterProvider): (connection: GivenConnection) => void {
  const advice = { explicitBucketBoundaries: [...catalogue[waitName].boundaries] };
  const wait = provider.getMeter('onyx.db').createHistogram(waitName, { ...catalogue[waitName], advice });
  return ({ system, address, port, seconds }) => {
    const attributes: WaitLabels = { 'db.system.name': system, 'server.address': address, 'server.port': port };
    wait.record(seconds, attributes);
  };
}
