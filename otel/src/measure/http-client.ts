// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { MeterProvider } from '@opentelemetry/api';
import { type Catalogue, catalogue } from '../catalogue/catalogue.ts';
import type { EndedCall } from './outgoing-request.ts';

const durationName = 'http.client.request.duration';
type DurationLabels = Partial<Record<keyof Catalogue[typeof durationName]['labels'], string | number>>;

/**
 * Returns what records a request that has ended, by the convention for `http.client.request.duration`.
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 */
export function httpClientRecorder(provider: MeterProvider): (call: EndedCall) => void {
  const advice = { explicitBucketBoundaries: [...catalogue[durationName].boundaries] };
  const duration = provider.getMeter('onyx.http').createHistogram(durationName, { ...catalogue[durationName], advice });
  return ({ method, address, port, status, error, seconds }) => {
    const attributes: DurationLabels = {
      'http.request.method': method,
      'server.address': address,
      'server.port': port,
    };
    if (status !== undefined) attributes['http.response.status_code'] = status;
    // A library may make an error of its own of a status.
    const failed = status !== undefined && status >= 400 && (error ?? 'other') === 'other' ? String(status) : error;
    if (failed !== undefined) attributes['error.type'] = failed;
    duration.record(seconds, attributes);
  };
}
