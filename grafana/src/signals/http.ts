// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue, healthRoute } from '@onyx-metrics/otel/catalogue';
import { named, percentiles, quantile, rate, recorded, select, share, summed, total } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

const empty = { because: 'traffic', text: 'No request was answered in this time', unless: traffic.requests } as const;
const scale = Math.max(...catalogue['http.server.request.duration'].boundaries);
const buckets = 'onyx:http_request_duration_seconds_bucket:rate1m';
/** Requests a day ago, at the same time. */
const thenToo = `${recorded(buckets, [], undefined, '1d')} > 0`;
// Health checks are nobody's requests; the recorded series leave them out too.
const chosen = `service=~"$service", http_route=~"$route", http_route!="${healthRoute}"`;

const requests = (labels: readonly string[], where = '') =>
  rate(select('http_server_request_duration_seconds_count', chosen, where), labels);
const summedRequests = (labels: readonly string[], where = '') =>
  summed(select('onyx:http_requests:rate1m', 'service=~"$service"', 'http_route=~"$route"', where), labels);
const failed = 'http_response_status_code=~"5.."';
const timed = (labels: readonly string[], offset = '') =>
  recorded(`${buckets}{service=~"$service", http_route=~"$route"}`, ['le', ...labels], undefined, offset);
const byRoute = ['service', 'http_route'];
/** A path that matches no route has none. */
const ofRoute = (expr: string) => named('http_route', expr, '(no route)');
const routeLegend = '{{service}} {{http_route}}';

export const requestRateNow: Signal = {
  title: 'Requests',
  description:
    'Requests answered each second, health checks left out; zero with users present: nothing reaches the service.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests([]), legend: 'requests' }],
  empty,
};

export const requestErrorsNow: Signal = {
  title: 'Failing',
  description:
    'Share of the requests answered with a status of 500 or above; above the limit look below for the route.',
  unit: units.PercentUnit,
  queries: [{ expr: share(summedRequests([], failed), summedRequests([])), legend: 'failed' }],
  empty,
  threshold: limits.requestErrors,
};

export const requestLatencyNow: Signal = {
  title: 'Duration p95',
  description: 'Nineteen of twenty requests were answered within this time; at 5 s the scale ends.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, timed([])), legend: 'p95' }],
  empty,
  scale,
  threshold: limits.requestLatency,
};

export const requestsInFlightNow: Signal = {
  title: 'In progress',
  description: 'Requests being answered now; rising without more requests: something below is slow.',
  unit: units.Short,
  queries: [{ expr: total('http_server_active_requests{service=~"$service"}'), legend: 'in progress' }],
  empty: { because: 'fault', text: 'No service reports' },
  threshold: limits.requestsInFlight,
};

export const requestRate: Signal = {
  title: 'Requests by service and route',
  description: 'Requests answered each second; a route that stops alone is broken, or its caller is.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: ofRoute(requests(byRoute)), legend: routeLegend }],
  empty,
};

export const requestStatuses: Signal = {
  title: 'Requests by status',
  description:
    "Requests answered each second, by status; 4xx are the caller's mistake, 5xx ours, 499 a caller who left.",
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests(['http_response_status_code']), legend: '{{http_response_status_code}}' }],
  empty,
};

export const requestErrors: Signal = {
  title: 'Failing requests by service and route',
  description:
    'Share of the requests answered with a status of 500 or above; the log of the service named has the reason.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: ofRoute(share(summedRequests(byRoute, failed), summedRequests(byRoute))),
      legend: routeLegend,
    },
  ],
  empty,
  threshold: limits.requestErrors,
};

export const requestPercentiles: Signal = {
  title: 'Request duration',
  description:
    'All chosen services and routes together; a p99 far from the p50 means that few wait long: find their route beside this.',
  unit: units.Seconds,
  queries: percentiles(timed([])),
  empty,
  scale,
};

export const requestLatency: Signal = routeQuantile(
  0.95,
  'Nineteen of twenty requests of each route; the slowest one that many use is where time is to be won.',
);
export const requestMedian: Signal = routeQuantile(
  0.5,
  'Half of the requests of each route; slow here too: it is the rule, not the exception.',
);
export const requestTail: Signal = routeQuantile(
  0.99,
  'All but one in a hundred requests of each route; slow here only: look for what happens rarely, such as a cold cache.',
);
export const requestLatencyYesterday: Signal = {
  ...routeQuantile(0.95, 'The same at the same time yesterday; much less than now: something changed.', '1d'),
  title: 'p95 yesterday',
  empty: { because: 'history', text: 'Yesterday is not recorded', unless: thenToo },
};

function routeQuantile(q: number, description: string, offset = ''): Signal {
  return {
    title: `Duration by route, p${q * 100}`,
    description,
    unit: units.Seconds,
    queries: [{ expr: ofRoute(quantile(q, timed(byRoute, offset))), legend: routeLegend }],
    empty,
    scale,
    threshold: limits.requestLatency,
  };
}

export const latencyAndYesterday: Signal = {
  title: 'Duration p95, and yesterday',
  description: 'Beside the same time yesterday; twice yesterday without more requests: something changed.',
  unit: units.Seconds,
  queries: [
    { expr: quantile(0.95, timed([])), legend: 'p95' },
    { expr: quantile(0.95, timed([], '1d')), legend: 'yesterday', empty: 'history', unless: thenToo },
  ],
  empty,
  scale,
};

export const latencyGrowth: Signal = {
  title: 'Duration against its normal',
  description:
    'Mean duration of the last ten minutes, in multiples of the median of the week; above 2 an alert fires; it needs traffic and six hours of history.',
  unit: units.Short,
  queries: [{ expr: 'max by (service) (onyx:latency_growth:ratio{service=~"$service"})', legend: '{{service}}' }],
  empty: {
    because: 'history',
    text: 'Less than six hours of history with traffic, or no traffic now',
    unless: `count(onyx:latency_seconds:mean10m and count_over_time(onyx:latency_seconds:mean10m[7d]) >= ${limits.minimumHistory})`,
  },
  threshold: limits.latencyGrowth,
};
