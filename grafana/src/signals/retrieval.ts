// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { quantile } from '../promql.ts';
import type { Signal } from './signal.ts';

export const retrievalLatency: Signal = {
  title: 'Retrieval duration, p95',
  description:
    'Time to embed a question and find its vectors, for nineteen of twenty. At 1 s the scale of the buckets ends. Slow with quiet disks points at the embedding model.',
  unit: units.Seconds,
  expr: quantile(0.95, 'onyx_rag_retrieval_duration_seconds'),
  legend: 'p95',
  empty: 'Nothing was retrieved in this time',
};
