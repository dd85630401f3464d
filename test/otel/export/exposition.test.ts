// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { expositionOf } from '../../../otel/src/export/exposition.ts';

const histogram = (name: string, series: number): MetricData => ({
  descriptor: { name, description: `What ${name} is.`, unit: 's', valueType: 1 },
  aggregationTemporality: AggregationTemporality.CUMULATIVE,
  dataPointType: DataPointType.HISTOGRAM,
  dataPoints: Array.from({ length: series }, (_, index) => ({
    ...{ startTime: [1, 0], endTime: [2, 0], attributes: { model: `m-${index}` } },
    value: { buckets: { boundaries: [0.1, 1], counts: [index, 2, 1] }, sum: index / 8, count: index + 3 },
  })),
});

const exported = (...series: readonly number[]): ResourceMetrics => ({
  resource: resourceFromAttributes({ 'service.name': 'suna', odd: 'a "quoted"\nline' }),
  scopeMetrics: series.map((count, index) => ({
    scope: { name: `scope ${index}` },
    metrics: [histogram(`of_${index}_seconds`, count)],
  })),
});

describe('the exposition of an export', () => {
  it.each([[[1]], [[24, 1, 26]], [[25, 25]], [[7, 112, 3]]])(
    "is upstream's, though it is made in slices: histograms of %s series",
    async (series) => {
      const metrics = exported(...series);
      const whole = new PrometheusSerializer(undefined, false, undefined, false, true).serialize(metrics);
      expect(await expositionOf(metrics)).toBe(whole);
    },
  );

  it('has the target and no comment where nothing was recorded yet', async () => {
    expect(await expositionOf(exported())).toBe(
      '# HELP target_info Target metadata\n# TYPE target_info gauge\ntarget_info{service_name="suna",odd="a \\"quoted\\"\\nline"} 1\n',
    );
  });

  it('lets the service run each time it has rendered 25 series, of however many metrics', async () => {
    let turns = 0;
    let rendered = false;
    const turn = () => {
      turns += 1;
      if (!rendered) setImmediate(turn);
    };
    setImmediate(turn);
    await expositionOf(exported(...Array(10).fill(10), 400));
    rendered = true;
    expect(turns).toBeGreaterThanOrEqual(500 / 25);
  });
});
