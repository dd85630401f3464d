// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { percent } from '../figures.ts';
import { mean, rate } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

const empty = { because: 'fault', text: 'Postgres does not report' } as const;

export const connections: Signal = {
  title: 'Postgres connections',
  description:
    'Share of the allowed connections in use. At 100% the next client is refused, so find the service that does not give back.',
  unit: units.PercentUnit,
  queries: [{ expr: 'sum(postgresql_backends) / max(postgresql_connection_max)', legend: 'connections' }],
  empty,
  threshold: limits.saturation,
};

export const transactions: Signal = {
  title: 'Transactions',
  description:
    'Transactions each second in the last $window. If many are rolled back, an application fails and retries.',
  unit: units.OpsPerSecond,
  queries: [
    { expr: rate('postgresql_commits_total'), legend: 'committed' },
    { expr: rate('postgresql_rollbacks_total'), legend: 'rolled back' },
  ],
  empty,
};

export const cacheHits: Signal = {
  title: 'Reads from memory',
  description: `Share of the blocks of the last $window that Postgres found in its memory. Below ${percent(limits.cacheHits.warning)} give it more shared_buffers.`,
  unit: units.PercentUnit,
  queries: [
    {
      expr: mean(
        rate('postgresql_blks_hit_total', ['database']),
        `${rate('postgresql_blks_hit_total', ['database'])} + ${rate('postgresql_blks_read_total', ['database'])}`,
      ),
      legend: '{{database}}',
    },
  ],
  empty,
  threshold: limits.cacheHits,
};

export const databaseSize: Signal = {
  title: 'Size of the databases',
  description: 'Bytes on disk. If it grows faster than the number of users, something is never deleted.',
  unit: units.BytesIEC,
  queries: [{ expr: 'max by (database) (postgresql_db_size_bytes)', legend: '{{database}}' }],
  empty,
};

export const deadlocks: Signal = {
  title: 'Deadlocks',
  description:
    'Deadlocks a second in the last $window. Each is a transaction that failed, so let all transactions lock in the same order.',
  unit: units.OpsPerSecond,
  queries: [{ expr: rate('postgresql_deadlocks_total'), legend: 'deadlocks' }],
  empty,
};

export const temporaryFiles: Signal = {
  title: 'Temporary files',
  description:
    'Files a second that Postgres wrote because a sort did not fit into memory, in the last $window. If there are many, raise work_mem.',
  unit: units.OpsPerSecond,
  queries: [{ expr: rate('postgresql_temp_files_total'), legend: 'files' }],
  empty,
};
