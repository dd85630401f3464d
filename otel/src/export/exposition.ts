// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setImmediate } from 'node:timers/promises';
import { DataPointType, type MetricData, type ResourceMetrics, type ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { prometheusName } from '../catalogue/prometheus-name.ts';
import { PrometheusSerializer } from '../sdk/prometheus-serializer.ts';

/** Data points rendered at a time, while nothing else runs: half a millisecond where they are a histogram's. */
const pointsAtATime = 25;

/**
 * The text exposition of an export, by upstream's serializer, with the names that the collector gives: dashboards and rules
 * find the same metrics either way. It is made in slices, and the service answers its own requests between them.
 */
export async function expositionOf({ resource, scopeMetrics }: ResourceMetrics): Promise<string> {
  const names = scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
  // The same labels twice make all of it unreadable: a name used by several libraries needs the library's as well.
  const withoutScope = new Set(names).size === names.length;
  const target = new PrometheusSerializer(undefined, false, undefined, false, withoutScope);
  const rest = new PrometheusSerializer(undefined, false, undefined, true, withoutScope);
  const serialized = (scope: ScopeMetrics['scope'], metric: MetricData) =>
    rest.serialize({ resource, scopeMetrics: [{ scope, metrics: [metric] }] });

  // Three lines; a fourth says that there are no metrics.
  let text = `${target.serialize({ resource, scopeMetrics: [] }).split('\n', 3).join('\n')}\n`;
  let room = pointsAtATime;
  for (const { scope, metrics } of scopeMetrics) {
    for (const metric of metrics.map(translated)) {
      const head = serialized(scope, withPoints(metric, 0, 0));
      text += head;
      for (let from = 0; from < metric.dataPoints.length; ) {
        const to = from + room;
        text += serialized(scope, withPoints(metric, from, to)).slice(head.length);
        room -= Math.min(to, metric.dataPoints.length) - from;
        from = to;
        if (room > 0) continue;
        room = pointsAtATime;
        await setImmediate();
      }
    }
  }
  return text;
}

function withPoints(metric: MetricData, from: number, to: number): MetricData {
  return { ...metric, dataPoints: metric.dataPoints.slice(from, to) } as MetricData;
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
