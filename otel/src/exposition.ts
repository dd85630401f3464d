// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus/build/src/PrometheusSerializer.js';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { prometheusName } from './prometheus-name.ts';

/**
 * The text exposition of an export, by upstream's serializer, with the names that the collector gives: dashboards and rules
 * find the same metrics either way.
 */
export function expositionOf({ resource, scopeMetrics }: ResourceMetrics): string {
  const names = scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
  // The same labels twice make all of it unreadable: a name used by several libraries needs the library's as well.
  const withoutScope = new Set(names).size === names.length;
  const named = scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(translated) }));
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, withoutScope);
  // Upstream ends without the line feed that the format asks for.
  return `${serializer.serialize({ resource, scopeMetrics: named }).trimEnd()}\n`;
}

function translated(metric: MetricData): MetricData {
  const { name, unit } = metric.descriptor;
  return {
    ...metric,
    descriptor: { ...metric.descriptor, name: prometheusName({ name, unit, kind: kindOf(metric) }) },
  };
}

function kindOf(metric: MetricData): 'counter' | 'gauge' | 'histogram' | undefined {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : undefined;
    case DataPointType.GAUGE:
      return 'gauge';
    default:
      return 'histogram';
  }
}
