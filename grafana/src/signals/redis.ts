// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { rate } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

const empty = { because: 'fault', text: 'Redis does not report' } as const;

export const redisMemory: Signal = {
  title: 'Memory of Redis',
  description: 'Memory of the data, and resident memory. If resident is far above used, restart Redis at a quiet time.',
  unit: units.BytesIEC,
  queries: [
    { expr: 'max(redis_memory_used_bytes)', legend: 'used' },
    { expr: 'max(redis_memory_rss_bytes)', legend: 'resident' },
    { expr: 'max(redis_maxmemory_bytes) > 0', legend: 'limit', empty: 'component' },
  ],
  empty,
};

export const redisMemoryUse: Signal = {
  title: 'Redis memory',
  description:
    'Share of its maxmemory, or of the memory of the host. At 100% it drops keys or refuses writes, so find large keys.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: 'max(redis_memory_used_bytes) / (max(redis_maxmemory_bytes) > 0 or max(system_memory_limit_bytes))',
      legend: 'memory',
    },
  ],
  empty,
  threshold: limits.saturation,
};

export const redisCommands: Signal = {
  title: 'Commands of Redis',
  description: 'Commands each second in the last $window. If it jumps without users, something polls.',
  unit: units.OpsPerSecond,
  queries: [{ expr: rate('redis_commands_processed_total'), legend: 'commands' }],
  empty,
};

export const redisClients: Signal = {
  title: 'Clients of Redis',
  description:
    'Connections now, and those that wait for a key. If it climbs steadily, a service does not close its connections.',
  unit: units.Short,
  queries: [
    { expr: 'max(redis_clients_connected)', legend: 'connected' },
    { expr: 'max(redis_clients_blocked)', legend: 'waiting' },
  ],
  empty,
};

export const redisEvictions: Signal = {
  title: 'Keys dropped by Redis',
  description:
    'Keys a second that expired, and keys dropped for lack of memory, in the last $window. Evicted keys are lost data, so give Redis more memory.',
  unit: units.OpsPerSecond,
  queries: [
    { expr: rate('redis_keys_expired_total'), legend: 'expired' },
    { expr: rate('redis_keys_evicted_total'), legend: 'evicted' },
  ],
  empty,
};
