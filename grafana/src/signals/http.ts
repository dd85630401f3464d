// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue, healthRoute } from '@onyx-metrics/otel/catalogue';
import { percent } from '../figures.ts';
import { named, percentiles, quantile, rate, select, share, summed, total } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

const empty = { because: 'traffic', text: 'No request was answered in this time', unless: traffic.requests } as const;
const scale = catalogue['http.server.request.duration'].boundaries;
const end = Math.max(...scale);
const buckets = 'onyx:http_request_duration_seconds_bucket:rate1m';
const ofAllRoutes = `${buckets}_all_routes`;
/** Requests a day ago, at the same time. */
const thenToo = `${summed(ofAllRoutes, [], undefined, '1d')} > 0`;
// Health checks are no user's requests; the recorded series leave them out too.
const chosen = `service=~"$service", http_route=~"$route", http_route!="${healthRoute}"`;

const requests = (labels: readonly string[], where = '') =>
  rate(select('http_server_request_duration_seconds_count', chosen, where), labels);
const summedRequests = (labels: readonly string[], where = '') =>
  summed(select('onyx:http_requests:rate1m', 'service=~"$service"', 'http_route=~"$route"', where), labels);
const failed = 'http_response_status_code=~"5.."';
/**
 * Chosen routes together. No route is a number, so `le=~"$route"` is true of all routes (`.*`) and false of chosen ones: one of both
 * selects nothing and costs nothing.
 */
const timedTogether = (offset = '') =>
  `(${[
    `${ofAllRoutes}{service=~"$service", le=~"$route"}`,
    `${buckets}{service=~"$service", http_route=~"$route", le!~"$route"}`,
  ]
    .map((series) => summed(series, ['le'], undefined, offset))
    .join(' or ')})`;
const byRoute = ['service', 'http_route'];
const timedByRoute = (offset: string) =>
  summed(`${buckets}{service=~"$service", http_route=~"$route"}`, ['le', ...byRoute], undefined, offset);
/** A path that matches no route has none. */
const ofRoute = (expr: string) => named('http_route', expr, '(no route)');
const routeLegend = '{{service}} {{http_route}}';

export const requestRateNow: Signal = {
  title: 'Requests',
  description:
    'Requests answered each second in the last $window, without health checks. At zero while people are there, nothing reaches the service.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests([]), legend: 'requests' }],
  empty,
};

export const requestErrorsNow: Signal = {
  title: 'Failing',
  description: `Share of the requests of the last $window answered with a 5xx. Above ${percent(limits.requestErrors.warning)} find the route in the table below.`,
  unit: units.PercentUnit,
  queries: [{ expr: share(summedRequests([], failed), summedRequests([])), legend: 'failed' }],
  empty,
  threshold: limits.requestErrors,
};

export const requestLatencyNow: Signal = {
  title: 'Duration p95',
  description: `The p95 of requests in the last $window, measured up to ${end} s. If it is high, find the route in the table below.`,
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, timedTogether()), legend: 'p95' }],
  empty,
  scale,
  threshold: limits.requestLatency,
};

export const requestsInFlightNow: Signal = {
  title: 'In progress',
  description: 'Requests being answered now. If they rise without more requests, look for what is slow below.',
  unit: units.Short,
  queries: [{ expr: total('http_server_active_requests{service=~"$service"}'), legend: 'in progress' }],
  empty: { because: 'fault', text: 'No service reports' },
  threshold: limits.requestsInFlight,
};

export const requestRate: Signal = {
  title: 'Requests by service and route',
  description:
    'Requests answered each second in the last $window. If one route stops alone, it or its caller is broken.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: ofRoute(requests(byRoute)), legend: routeLegend }],
  empty,
};

export const requestStatuses: Signal = {
  title: 'Requests by status',
  description:
    'Requests answered each second in the last $window, by status. A 4xx is a mistake of the caller, a 499 a caller who left, a 5xx is ours.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests(['http_response_status_code']), legend: '{{http_response_status_code}}' }],
  empty,
};

export const requestErrors: Signal = {
  title: 'Failing requests by service and route',
  description:
    'Share of the requests of the last $window answered with a 5xx. Read the log of the service that is named.',
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
    'All chosen services and routes together, in the last $window. If p99 is far from p50, few requests are slow, so find their route in the table.',
  unit: units.Seconds,
  queries: percentiles(timedTogether()),
  empty,
  scale,
  threshold: limits.requestLatency,
};

export const requestLatency: Signal = routeQuantile(
  0.95,
  'Requests of each route in the last $window. Begin with the slowest one that many use.',
);
export const requestMedian: Signal = routeQuantile(
  0.5,
  'Half of the requests of each route took less, in the last $window. If this is slow too, every request is slow.',
);
export const requestTail: Signal = routeQuantile(
  0.99,
  'The slowest requests of each route in the last $window. If only this is slow, look for what happens rarely, such as a cold cache.',
);
export const requestLatencyYesterday: Signal = {
  ...routeQuantile(0.95, 'The p95 at the same time yesterday. If it was much less, something changed.', '1d'),
  title: 'p95 yesterday',
  empty: { because: 'history', text: 'Yesterday is not recorded', unless: thenToo },
};

function routeQuantile(q: number, description: string, offset = ''): Signal {
  return {
    title: `Duration by route, p${q * 100}`,
    description,
    unit: units.Seconds,
    queries: [{ expr: ofRoute(quantile(q, timedByRoute(offset))), legend: routeLegend }],
    empty,
    scale,
    threshold: limits.requestLatency,
  };
}

export const latencyAndYesterday: Signal = {
  title: 'Duration p95, and yesterday',
  description:
    'The p95 of the last $window, and that of yesterday at the same time. If it grew without more requests, something changed.',
  unit: units.Seconds,
  queries: [
    { expr: quantile(0.95, timedTogether()), legend: 'p95' },
    { expr: quantile(0.95, timedTogether('1d')), legend: 'yesterday', empty: 'history', unless: thenToo },
  ],
  empty,
  scale,
  threshold: limits.requestLatency,
};

export const latencyGrowth: Signal = {
  title: 'Duration against its normal',
  description: `Mean duration of ten minutes, in multiples of the median of the week; it needs six hours of history. Above ${limits.latencyGrowth.critical} look for what changed.`,
  unit: units.Short,
  queries: [{ expr: 'max by (service) (onyx:latency_growth:ratio{service=~"$service"})', legend: '{{service}}' }],
  empty: {
    because: 'history',
    text: 'Less than six hours of history with traffic, or no traffic now',
    unless: `count(onyx:latency_seconds:mean10m and count_over_time(onyx:latency_seconds:mean10m[7d]) >= ${limits.minimumHistory})`,
  },
  threshold: limits.latencyGrowth,
};
