// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { quantile, rate, select, share, summed } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

/* Requests that services make: each of their dependencies that speaks HTTP, as they see it. */

const made = 'http_client_request_duration_seconds';
const chosen = 'service=~"$service"';
const each = ['service', 'server_address', 'server_port'];
const legend = '{{service}} → {{server_address}}:{{server_port}}';
/** The dependency's failures: no answer, a broken one, or a status of 500 or above. A 4xx is the caller's mistake. */
export const failed = 'error_type!="", error_type!~"4.."';
const empty = {
  because: 'traffic',
  text: 'No service called another in this time',
  unless: `sum(rate(${made}_count[15m]))`,
} as const;
const scale = Math.max(...catalogue['http.client.request.duration'].boundaries);

const calls = (where = '') => summed(select('onyx:http_calls:rate1m', chosen, where), each);

export const callRate: Signal = {
  title: 'Calls by dependency',
  description:
    'Requests each second that services make, in the last $window. If there are more than usual for each request answered, a service retries.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: rate(select(`${made}_count`, chosen), each), legend }],
  empty,
};

export const callFailures: Signal = {
  title: 'Failing calls by dependency',
  description:
    'Share of the calls of the last $window without a whole answer, or with a 5xx. If one dependency fails for all services, start with that one.',
  unit: units.PercentUnit,
  queries: [{ expr: share(calls(failed), calls()), legend }],
  empty,
  threshold: limits.callFailures,
};

export const callErrors: Signal = {
  title: 'Failing calls by reason',
  description:
    'Calls each second that failed in the last $window. A timeout means slow, connection_refused means down, tls means its certificate.',
  unit: units.RequestsPerSecond,
  queries: [
    {
      expr: rate(select(`${made}_count`, chosen, failed), ['server_address', 'error_type']),
      legend: '{{server_address}} {{error_type}}',
    },
  ],
  empty: { because: 'failure', text: 'No call failed' },
};

export const callLatency: Signal = {
  title: 'Calls by dependency, p95',
  description:
    'The p95 of calls in the last $window, slowest first. If it is as long as the service itself, the service waits for it.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, rate(select(`${made}_bucket`, chosen), ['le', ...each])), legend }],
  empty,
  scale,
};
