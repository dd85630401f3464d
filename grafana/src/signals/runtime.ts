// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { le, rate } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

const empty = { because: 'fault', text: 'No Node service with the preload reports' } as const;
const chosen = '{service=~"$service"}';
const legend = '{{instance}}';
const gcScale = Math.max(...catalogue['v8js.gc.duration'].boundaries);

export const requestsInFlight: Signal = {
  title: 'Requests in progress',
  description:
    'Requests being answered, by process; a process that only gathers them is stuck: restart it and read its log.',
  unit: units.Short,
  queries: [{ expr: `sum by (instance) (http_server_active_requests${chosen})`, legend }],
  empty,
  threshold: limits.requestsInFlight,
};

export const eventLoopDelay: Signal = {
  title: 'Event loop delay, p99',
  description: 'How late timers fire; above 200 ms something computes on the event loop and everybody waits for it.',
  unit: units.Seconds,
  queries: [{ expr: `max by (instance) (nodejs_eventloop_delay_p99_seconds${chosen})`, legend }],
  empty,
  threshold: limits.eventLoopDelay,
};

export const eventLoopUse: Signal = {
  title: 'Event loop in use',
  description:
    'Share of the time in which the event loop of a process was busy; near 1 it needs another process beside it.',
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
  description: 'Share of the time; a growing share with a full heap means a leak or too small a heap.',
  unit: units.PercentUnit,
  queries: [{ expr: rate(`v8js_gc_duration_seconds_sum${chosen}`, ['instance']), legend }],
  empty,
  threshold: limits.garbage,
};

export const longCollections: Signal = {
  title: 'Collections over 100 ms',
  description: 'Collections a second that stopped a process for longer than 100 ms; any at all are felt by users.',
  unit: units.OpsPerSecond,
  queries: [
    {
      expr: `${rate(`v8js_gc_duration_seconds_count${chosen}`, ['instance'])} - ${rate(`v8js_gc_duration_seconds_bucket{service=~"$service", ${le(gcScale)}}`, ['instance'])}`,
      legend,
    },
  ],
  empty,
};

export const heapUse: Signal = {
  title: 'Heap in use',
  description: 'Share of the heap at which the process gives up; climbing from restart to restart: a leak.',
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
  description: 'Resident memory; more than the heap by far: buffers or native modules hold it.',
  unit: units.BytesIEC,
  queries: [{ expr: `max by (instance) (process_memory_usage_bytes${chosen})`, legend }],
  empty,
};

export const processCpu: Signal = {
  title: 'CPU of the processes',
  description: 'Cores in use, by process; one core is all that JavaScript can use: near 1, start another process.',
  unit: 'suffix:cores',
  queries: [{ expr: rate(`process_cpu_time_seconds_total${chosen}`, ['instance']), legend }],
  empty,
};
