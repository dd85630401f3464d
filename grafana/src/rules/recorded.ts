// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { healthRoute } from '@onyx-metrics/otel/catalogue';
import { quantile, rate, share, summed } from '../promql.ts';
import { each, ofBoth } from '../signals/dependencies.ts';
import { chatObjective, minimumHistory, minimumTraffic } from '../thresholds.ts';

interface RecordingRule {
  /** For the reader of the rule file, who has nothing else. */
  readonly why?: string;
  readonly record: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly expr: string;
}

export interface RecordingGroup {
  readonly name: string;
  /** Default: as often as Prometheus evaluates rules. */
  readonly interval?: '1m';
  readonly rules: readonly RecordingRule[];
}

const requests = 'http_server_request_duration_seconds';
// Health checks are quicker than any request.
const answered = `http_route!="${healthRoute}"`;

/** Over windows of recorded rates sums, not means: a series that began within the window must not count for all of it. */
const failingChats = (window: string) =>
  share(
    `sum(sum_over_time(onyx:chats:rate1m{success="false"}[${window}]))`,
    `sum(sum_over_time(onyx:chats:rate1m[${window}]))`,
  );

const burn = (window: string): RecordingRule => ({
  record: `onyx:chat_failures:burn${window}`,
  expr: `(${failingChats(window)}) / ${(1 - chatObjective).toFixed(2)}`,
});

export const recordingGroups: readonly RecordingGroup[] = [
  {
    // Without the labels no panel draws: of twenty users and every process remain a few lines.
    name: 'rates',
    rules: [
      {
        record: 'onyx:chat_duration_seconds_bucket:rate1m',
        expr: rate('onyx_chat_duration_seconds_bucket', ['model', 'le'], '1m'),
      },
      {
        record: 'onyx:http_request_duration_seconds_bucket:rate1m',
        expr: rate(`${requests}_bucket{${answered}}`, ['service', 'http_route', 'le'], '1m'),
      },
      {
        why: 'All routes together: to add up a week of a hundred of them, a board would take most of a minute.',
        record: 'onyx:http_request_duration_seconds_bucket:rate1m_all_routes',
        expr: 'sum by (service, le) (onyx:http_request_duration_seconds_bucket:rate1m)',
      },
      {
        record: 'onyx:rag_retrieval_duration_seconds_bucket:rate1m',
        expr: rate('onyx_rag_retrieval_duration_seconds_bucket', ['vector_count', 'similarity_threshold', 'le'], '1m'),
      },
      {
        record: 'onyx:http_requests:rate1m',
        expr: rate(`${requests}_count{${answered}}`, ['service', 'http_route', 'http_response_status_code'], '1m'),
      },
      {
        record: 'onyx:gen_ai_calls:rate1m',
        expr: rate('gen_ai_client_operation_duration_seconds_count', ['gen_ai_request_model', 'error_type'], '1m'),
      },
      {
        record: 'onyx:calls:rate1m',
        expr: ofBoth((metric) => rate(`${metric}_count`, [...each, 'error_type'], '1m')),
      },
      { record: 'onyx:chats:rate1m', expr: rate('onyx_chat_duration_seconds_count', ['success'], '1m') },
    ],
  },
  {
    name: 'now',
    rules: [
      { record: 'onyx:chat_failures:ratio5m', expr: failingChats('5m') },
      {
        record: 'onyx:chat_duration_seconds:p95_5m',
        expr: quantile(0.95, summed('onyx:chat_duration_seconds_bucket:rate1m', ['le'], '5m')),
      },
      { record: 'onyx:http_requests:rate5m', expr: rate(`${requests}_count{${answered}}`, ['service'], '5m') },
      {
        record: 'onyx:http_failures:ratio5m',
        expr: share(
          rate(`${requests}_count{${answered}, http_response_status_code=~"5.."}`, ['service'], '5m'),
          rate(`${requests}_count{${answered}}`, ['service'], '5m'),
        ),
      },
      {
        record: 'onyx:rag_retrieval_duration_seconds:p95_5m',
        expr: quantile(0.95, summed('onyx:rag_retrieval_duration_seconds_bucket:rate1m', ['le'], '5m')),
      },
    ],
  },
  {
    name: 'objective',
    interval: '1m',
    rules: [
      ...['5m', '30m', '1h', '6h'].map(burn),
      {
        record: 'onyx:chat_error_budget:ratio7d',
        expr: `1 - (${failingChats('7d')}) / ${(1 - chatObjective).toFixed(2)}`,
      },
    ],
  },
  {
    name: 'latency against its history',
    interval: '1m',
    rules: [
      {
        // A mean, for a quantile ends with the scale of its histogram; and only where there is traffic, so that a night without
        // users is no part of what is normal.
        record: 'onyx:latency_seconds:mean10m',
        expr: `${rate(`${requests}_sum{${answered}}`, ['service'], '10m')} / (${rate(`${requests}_count{${answered}}`, ['service'], '10m')} > ${minimumTraffic})`,
      },
      {
        // The median of a week: a slow ramp of a day or two does not become normal while it climbs.
        record: 'onyx:latency_growth:ratio',
        expr: `onyx:latency_seconds:mean10m / (quantile_over_time(0.5, onyx:latency_seconds:mean10m[7d]) and count_over_time(onyx:latency_seconds:mean10m[7d]) >= ${minimumHistory})`,
      },
    ],
  },
];
