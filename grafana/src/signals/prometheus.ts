// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { seconds } from '../figures.ts';
import { mean, rate } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Signal, scoped } from './signal.ts';

const empty = { because: 'store', text: 'Prometheus does not scrape itself' } as const;

export const series: Signal = {
  title: 'Series in Prometheus',
  description: 'Series of the last hours. If it grows without new services, a service puts ids into labels.',
  unit: units.Short,
  queries: [{ expr: 'max(prometheus_tsdb_head_series)', legend: 'series' }],
  empty,
};

export const ingestion: Signal = {
  title: 'Samples stored',
  description: 'Samples each second in the last $window. If it halves, a target is gone.',
  unit: units.CountsPerSecond,
  ...scoped('', ({ over }) => [
    { expr: rate('prometheus_tsdb_head_samples_appended_total', [], over), legend: 'samples' },
  ]),
  empty,
};

export const storage: Signal = {
  title: 'Disk of Prometheus',
  description:
    'Bytes of the blocks, which live 32 days or up to 10 GB, and of the write-ahead log. If the disk is short, lower these limits.',
  unit: units.BytesIEC,
  queries: [
    { expr: 'max(prometheus_tsdb_storage_blocks_bytes)', legend: 'blocks' },
    { expr: 'max(prometheus_tsdb_wal_storage_size_bytes)', legend: 'write-ahead log' },
  ],
  empty,
};

export const queryTime: Signal = {
  title: 'Query time, mean',
  description: `Time Prometheus needs for a query, in the last $window. Above ${seconds(limits.queryTime.critical)} boards feel slow, so narrow their time.`,
  unit: units.Seconds,
  queries: [
    {
      expr: mean(
        rate('prometheus_engine_query_duration_seconds_sum{slice="inner_eval"}'),
        rate('prometheus_engine_query_duration_seconds_count{slice="inner_eval"}'),
      ),
      legend: 'mean',
    },
  ],
  empty,
  threshold: limits.queryTime,
};

export const ruleFailures: Signal = {
  title: 'Failing rules, alerts',
  description:
    'Each second, in the last $window. If there are any, alerts do not work, and the log of Prometheus has the reason.',
  unit: units.OpsPerSecond,
  queries: [
    { expr: rate('prometheus_rule_evaluation_failures_total'), legend: 'rules' },
    { expr: rate('prometheus_notifications_errors_total'), legend: 'notifications' },
  ],
  empty,
};
