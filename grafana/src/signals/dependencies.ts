// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue, healthRoute } from '@onyx-metrics/otel/catalogue';
import { quantile, rate, select, share, summed } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

/* What services call: each of their dependencies that speaks HTTP, and each database whose library is measured, as they see it. */

const kinds = ['http_client_request_duration_seconds', 'db_client_operation_duration_seconds'] as const;
const chosen = 'service=~"$service"';
/** What one dependency is known by. */
export const each: readonly string[] = ['service', 'server_address', 'server_port'];
const legend = '{{service}} → {{server_address}}:{{server_port}}';

/** The same of both kinds of calls; none is in both, since a port speaks one of them. */
export const ofBoth = (query: (metric: string) => string): string => `(${kinds.map(query).join(' or ')})`;

/** Codes by which a database refuses what it was asked: of Postgres, MySQL, Redis and MongoDB, and the errors that libraries make of them. */
const refusals = [
  '(22|23|25|26|42|44|P0)...',
  'ER_(BAD|CANT|CHECK|COLUMN|DATA|DUP|EMPTY|FIELD|INVALID|KEY|NO|NON|PARSE|ROW|SYNTAX|TABLE|TRUNCATED|UNKNOWN|WRONG)_.*',
  'ASK|BUSYGROUP|ERR|EXECABORT|MOVED|NOGROUP|NOSCRIPT|WRONGTYPE',
  '2|9|14|26|59|66|121|11000',
  '.*(Integrity|Programming|Data|Validation|Cast|Version|DocumentNotFound)Error',
];
/**
 * The dependency's failures: no answer, a broken one, a status of 500 or above, or a database that cannot do its work. A 4xx and a statement
 * that is refused are the caller's mistake.
 */
export const failed = `error_type!="", error_type!~"${['4..', ...refusals].join('|')}"`;

/** Commands of Redis that wait for as long as the caller says: their duration says nothing about Redis. */
const untimed = 'db_operation_name!~"(BL|BR|BZ|XREAD|WAIT).*"';
const durations = (query: (selected: (suffix: string, ...matchers: string[]) => string) => string): string =>
  ofBoth((metric) =>
    query((suffix, ...matchers) => select(`${metric}_${suffix}`, ...matchers, metric === kinds[1] ? untimed : '')),
  );

const empty = {
  because: 'traffic',
  text: 'No service called another in this time',
  unless: kinds.map((metric) => `sum(rate(${metric}_count[15m]))`).join(' or '),
} as const;
const scale = catalogue['http.client.request.duration'].boundaries;

const calls = (where = '') => summed(select('onyx:calls:rate1m', chosen, where), each);
const perSecond = (where: string, labels: readonly string[]) =>
  ofBoth((metric) => rate(select(`${metric}_count`, chosen, where), labels));

export const callRate: Signal = {
  title: 'Calls by dependency',
  description:
    'Calls each second that services make, in the last $window. If there are more than usual for each request answered, a service retries.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: perSecond('', each), legend }],
  empty,
};

export const callFailures: Signal = {
  title: 'Failing calls by dependency',
  description:
    'Share of the calls of the last $window without a whole answer, with a 5xx, or where a database cannot do its work. If one dependency fails for all services, start with that one.',
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
      expr: perSecond(failed, ['server_address', 'error_type']),
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
  queries: [
    {
      expr: durations((selected) => quantile(0.95, rate(selected('bucket', chosen), ['le', ...each]))),
      legend,
    },
  ],
  empty,
  scale,
};

const waits = 'db_client_connection_wait_time_seconds';

export const connectionWait: Signal = {
  title: 'Wait for a connection, p95',
  description:
    'The p95 of the time until a pool gave a connection, in the last $window. If it is long and calls are quick, the pool is too small.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, rate(select(`${waits}_bucket`, chosen), ['le', ...each])), legend }],
  empty: { because: 'component', text: 'No pool is measured: services name pg or mysql2 in ONYX_INSTRUMENTATION' },
  scale: catalogue['db.client.connection.wait_time'].boundaries,
};

const served = `http_server_request_duration_seconds_sum{http_route!="${healthRoute}"}`;

export const waiting = {
  title: 'What services wait for',
  description:
    'Share of the answering time of the last $window that went into calls of each dependency. If it is most of it, the dependency is slow, not the service.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: `${durations((selected) => rate(selected('sum'), each))} / on (service) group_left () (${rate(served, ['service'])} > 0)`,
      legend,
    },
  ],
  // Unlike a rate, which is 0 when traffic has ended, a share of nothing has no value.
  empty: {
    because: 'traffic',
    text: 'No service answered in this time, or none called another',
    unless: `${rate(served)} > 0 and ${ofBoth((metric) => rate(`${metric}_sum`))} > 0`,
  },
  threshold: limits.waitingForCalls,
} satisfies Signal;
