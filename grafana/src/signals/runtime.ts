// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { seconds } from '../figures.ts';
import { le, rate } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

const empty = { because: 'fault', text: 'No Node service with the preload reports' } as const;
const chosen = '{service=~"$service"}';
const legend = '{{instance}}';
/** Seconds from which users feel that a process stood still, one of the boundaries. */
const longCollection = catalogue['v8js.gc.duration'].boundaries[1];

export const requestsInFlight: Signal = {
  title: 'Requests in progress',
  description:
    'Requests being answered, by process. If a process only gathers them it is stuck, so restart it and read its log.',
  unit: units.Short,
  queries: [{ expr: `sum by (instance) (http_server_active_requests${chosen})`, legend }],
  empty,
  threshold: limits.requestsInFlight,
};

export const eventLoopDelay: Signal = {
  title: 'Event loop delay, p99',
  description: `How late timers fire. Above ${seconds(limits.eventLoopDelay.critical)} something computes on the event loop, of Node or asyncio, and all users wait for it.`,
  unit: units.Seconds,
  queries: [
    {
      expr: `max by (instance) (nodejs_eventloop_delay_p99_seconds${chosen} or asyncio_eventloop_delay_p99_seconds${chosen})`,
      legend,
    },
  ],
  empty: { because: 'fault', text: 'No service with the preload has an event loop' },
  threshold: limits.eventLoopDelay,
};

export const eventLoopUse: Signal = {
  title: 'Event loop in use',
  description: 'Share of the time in which the event loop of a process was busy. Near 100% start another process.',
  unit: units.PercentUnit,
  queries: [{ expr: `max by (instance) (nodejs_eventloop_utilization_ratio${chosen})`, legend }],
  empty,
  threshold: limits.saturation,
};

/** For a board that asks for no service. */
export const eventLoops: Signal = {
  ...eventLoopUse,
  queries: [{ expr: 'max by (instance) (nodejs_eventloop_utilization_ratio)', legend }],
};

export const garbageShare: Signal = {
  title: 'Time collecting garbage',
  description: 'Share of the last $window. If it grows with a full heap, there is a leak or the heap is too small.',
  unit: units.PercentUnit,
  queries: [{ expr: rate(`v8js_gc_duration_seconds_sum${chosen}`, ['instance']), legend }],
  empty,
  threshold: limits.garbage,
};

export const longCollections: Signal = {
  title: `Collections over ${seconds(longCollection)}`,
  description: `Collections a second in the last $window that stopped a process for longer than ${seconds(longCollection)}. Users feel each of them, so look for a leak or raise the heap.`,
  unit: units.OpsPerSecond,
  queries: [
    {
      expr: `${rate(`v8js_gc_duration_seconds_count${chosen}`, ['instance'])} - ${rate(`v8js_gc_duration_seconds_bucket{service=~"$service", ${le(longCollection)}}`, ['instance'])}`,
      legend,
    },
  ],
  empty,
};

export const heapUse: Signal = {
  title: 'Heap in use',
  description:
    'Share of the heap at which the process runs out of memory. If it climbs from restart to restart, there is a leak.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: `max by (instance) (v8js_memory_heap_used_bytes${chosen} / v8js_memory_heap_limit_bytes${chosen})`,
      legend,
    },
  ],
  empty,
  threshold: limits.saturation,
};

export const residentMemory: Signal = {
  title: 'Memory of the processes',
  description: 'Resident memory. If it is far above the heap, buffers or native modules hold it.',
  unit: units.BytesIEC,
  queries: [{ expr: `max by (instance) (process_memory_usage_bytes${chosen})`, legend }],
  empty,
};

export const processCpu: Signal = {
  title: 'CPU of the processes',
  description:
    'Cores in use in the last $window, by process. JavaScript uses one core at most, so start another process near that.',
  unit: 'suffix:CPU',
  queries: [{ expr: rate(`process_cpu_time_seconds_total${chosen}`, ['instance']), legend }],
  empty,
};
