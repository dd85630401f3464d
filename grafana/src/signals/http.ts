// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from 'otel/catalogue';
import { percentiles, quantile, rate, recorded, share, total } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

const present = 'used';
const empty = 'No request was answered in this time';
const scale = Math.max(...catalogue['http.server.request.duration'].boundaries);
const buckets = 'onyx:http_request_duration_seconds_bucket:rate1m';
// Health checks are nobody's requests; the recorded series leave them out too.
const chosen = 'service=~"$service", http_route=~"$route", http_route!="/health"';

const requests = (labels: readonly string[], where = '') =>
  rate(`http_server_request_duration_seconds_count{${chosen}${where && `, ${where}`}}`, labels);
const failed = 'http_response_status_code=~"5.."';
const timed = (labels: readonly string[]) => recorded(`${buckets}{service=~"$service", http_route=~"$route"}`, labels);

export const requestRateNow: Signal = {
  title: 'Requests',
  description:
    'Requests answered each second, health checks left out. Zero with users present: nothing reaches the service.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests([]), legend: 'requests' }],
  present,
  empty,
};

export const requestErrorsNow: Signal = {
  title: 'Requests that fail',
  description:
    'Share of the requests answered with a status of 500 or above. Above the limit look below for the route.',
  unit: units.PercentUnit,
  queries: [{ expr: share(requests([], failed), requests([])), legend: 'failed' }],
  present,
  empty,
  threshold: limits.requestErrors,
};

export const requestLatencyNow: Signal = {
  title: 'Request duration, p95',
  description: 'Nineteen of twenty requests were answered within this time. At 5 s the scale ends.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, timed(['le'])), legend: 'p95' }],
  present,
  empty,
  scale,
  threshold: limits.chatLatency,
};

export const requestsInFlightNow: Signal = {
  title: 'In progress',
  description: 'Requests being answered now. Rising without more requests: something below is slow.',
  unit: units.Short,
  queries: [{ expr: total('http_server_active_requests{service=~"$service"}'), legend: 'in progress' }],
  present: 'always',
  empty: 'No service reports',
  threshold: limits.requestsInFlight,
};

export const requestRate: Signal = {
  title: 'Requests by service and route',
  description: 'Requests answered each second. A route that stops alone is broken, or its caller is.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests(['service', 'http_route']), legend: '{{service}} {{http_route}}' }],
  present,
  empty,
};

export const requestStatuses: Signal = {
  title: 'Requests by status',
  description:
    "Requests answered each second, by status. 4xx are the caller's mistake, 5xx ours, 499 a caller who left.",
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests(['http_response_status_code']), legend: '{{http_response_status_code}}' }],
  present,
  empty,
};

export const requestErrors: Signal = {
  title: 'Failing requests by service and route',
  description:
    'Share of the requests answered with a status of 500 or above. The log of the service named has the reason.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: share(requests(['service', 'http_route'], failed), requests(['service', 'http_route'])),
      legend: '{{service}} {{http_route}}',
    },
  ],
  present,
  empty,
};

export const requestPercentiles: Signal = {
  title: 'Request duration',
  description:
    'All chosen services and routes together. A p99 far from the p50 means that few wait long: find their route beside this.',
  unit: units.Seconds,
  queries: percentiles(timed(['le'])),
  present,
  empty,
  scale,
};

export const requestLatency: Signal = {
  title: 'Request duration by route, p95',
  description: 'Nineteen of twenty requests of each route. The slowest one that many use is where time is to be won.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, timed(['le', 'service', 'http_route'])), legend: '{{service}} {{http_route}}' }],
  present,
  empty,
  scale,
};

const average = (offset: string) =>
  `sum(rate(http_server_request_duration_seconds_sum{${chosen}}[$__rate_interval]${offset})) / sum(rate(http_server_request_duration_seconds_count{${chosen}}[$__rate_interval]${offset}))`;

export const requestsAndYesterday: Signal = {
  title: 'Mean duration, and yesterday',
  description:
    'The mean duration beside that of the same time yesterday. Twice yesterday without more requests: something changed.',
  unit: units.Seconds,
  queries: [
    { expr: average(''), legend: 'mean' },
    { expr: average(' offset 1d'), legend: 'yesterday', present: 'history' },
  ],
  present,
  empty,
};

export const latencyGrowth: Signal = {
  title: 'Duration against its normal',
  description:
    'Mean duration of the last ten minutes, in multiples of the median of the week. Above 2 an alert fires; it needs traffic and six hours of history.',
  unit: units.Short,
  queries: [{ expr: 'max by (service) (onyx:latency_growth:ratio{service=~"$service"})', legend: '{{service}}' }],
  present: 'history',
  empty: 'Less than six hours of history with traffic, or no traffic now',
  threshold: limits.latencyGrowth,
};
