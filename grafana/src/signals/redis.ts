// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { rate } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

const empty = { because: 'fault', text: 'Redis does not report' } as const;

export const redisMemory: Signal = {
  title: 'Memory of Redis',
  description:
    'What the data takes, and the resident memory; resident far above used: fragmentation, restart it some night.',
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
  description: 'Share of its maxmemory; without one, of the memory of the host; full, it drops keys or refuses writes.',
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
  description: 'Commands each second; a jump without users: something polls.',
  unit: units.OpsPerSecond,
  queries: [{ expr: rate('redis_commands_processed_total'), legend: 'commands' }],
  empty,
};

export const redisClients: Signal = {
  title: 'Clients of Redis',
  description: 'Connections now, and those that wait for a key; climbing steadily: somebody does not close theirs.',
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
    'Keys a second that ended by their time, and those dropped for want of memory; evicted ones are lost data.',
  unit: units.OpsPerSecond,
  queries: [
    { expr: rate('redis_keys_expired_total'), legend: 'expired' },
    { expr: rate('redis_keys_evicted_total'), legend: 'evicted' },
  ],
  empty,
};
