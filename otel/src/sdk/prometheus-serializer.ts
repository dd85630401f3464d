// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Upstream's own, which its package does not export. */
export { PrometheusSerializer } from '@opentelemetry/exporter-prometheus/build/src/PrometheusSerializer.js';
