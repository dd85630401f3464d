// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { chat, defineMetrics } from '@onyx-metrics/otel';
/* What record.mjs and exposed.mjs measure of OpenTelemetry and of the package `otel`; whichever SDK is preloaded, or none. */
import { metrics } from '@opentelemetry/api';

const description = 'As the metrics of the platform.';
const boundaries = [0.1, 0.5, 1, 1.5, 2, 5];
const labels = { model: { limit: 100 }, tenant: { limit: 1000 }, success: { values: ['true', 'false'] } };
const limits = { labels, maxLabelSets: 1_200 };
const { bench_seconds, bench_total } = defineMetrics({
  bench_seconds: { kind: 'histogram', description, unit: 's', boundaries, ...limits },
  bench_total: { kind: 'counter', description, unit: '{call}', ...limits },
});

const meter = metrics.getMeter('bench');
const advice = { explicitBucketBoundaries: boundaries };
const histogram = meter.createHistogram('bench_seconds', { description, unit: 's', advice });
const counter = meter.createCounter('bench_total', { description, unit: '{call}' });

export const recorders = {
  'instrument histogram': (model, tenant, success, seconds) => histogram.record(seconds, { model, tenant, success }),
  'instrument counter': (model, tenant, success) => counter.add(1, { model, tenant, success }),
  'instrument timer': (model, tenant, success) => {
    const start = performance.now();
    histogram.record((performance.now() - start) / 1000, { model, tenant, success });
  },
  'recorder histogram': (model, tenant, success, seconds) =>
    bench_seconds.record(seconds, { model, tenant, success: success ? 'true' : 'false' }),
  'recorder counter': (model, tenant, success) =>
    bench_total.add(1, { model, tenant, success: success ? 'true' : 'false' }),
  'recorder timer': (model, tenant, success) => chat.start({ model, userId: tenant }).end({ success }),
};
