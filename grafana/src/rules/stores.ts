// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { infrastructureHealth } from '../boards/infrastructure-health.ts';
import { percent } from '../figures.ts';
import * as postgres from '../signals/postgres.ts';
import * as redis from '../signals/redis.ts';
import { saturation } from '../thresholds.ts';
import { type Alert, asked } from './alert.ts';

const full = saturation.critical;

/** Whether Redis and Postgres have room, and do not stand in their own way. */
export const storeAlerts: readonly Alert[] = [
  {
    name: 'RedisMemoryHigh',
    expr: `${asked(redis.redisMemoryUse)} > ${full}`,
    for: '5m',
    severity: 'critical',
    summary: 'Redis has nearly used up its memory.',
    description: '{{ $value | humanizePercentage }} are in use; when it is full it drops keys or refuses writes.',
    when: `Redis uses more than ${percent(full)} of its memory`,
    users: 'Nothing yet; then sessions get lost.',
    panel: [infrastructureHealth, redis.redisMemoryUse],
  },
  {
    name: 'PostgresConnectionsHigh',
    expr: `${asked(postgres.connections)} > ${full}`,
    for: '5m',
    severity: 'critical',
    summary: 'Postgres has nearly no connections left.',
    description: '{{ $value | humanizePercentage }} of those it allows are in use.',
    when: `more than ${percent(full)} of the connections are taken`,
    users: 'Nothing yet; then requests fail.',
    panel: [infrastructureHealth, postgres.connections],
  },
  {
    name: 'PostgresDeadlocks',
    expr: 'sum by (database) (increase(postgresql_deadlocks_total[15m])) > 0.5',
    severity: 'warning',
    summary: 'Transactions in {{ $labels.database }} block each other.',
    description: '{{ $value | printf "%.0f" }} deadlocks in 15 minutes, each of them a transaction that failed.',
    when: 'transactions block each other',
    users: 'Single actions fail.',
    panel: [infrastructureHealth, postgres.deadlocks],
  },
];
