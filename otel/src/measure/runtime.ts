// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  constants,
  monitorEventLoopDelay,
  type NodeGCPerformanceDetail,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { MeterProvider, ObservableGauge } from '@opentelemetry/api';
import { type Catalogue, catalogue, type MetricName } from '../catalogue/catalogue.ts';
import type { LabelsOf } from '../record/instruments.ts';

/** The instrumentation scope of what a process measures about itself, without anybody's doing. */
export const runtimeScope = 'onyx.runtime';

/** How often the event loop's delay is sampled, in milliseconds; a sample costs under a microsecond. */
const delayResolutionMillis = 20;

type CpuMode = Catalogue['process.cpu.time']['labels']['cpu.mode']['values'][number];
type GcType = Catalogue['v8js.gc.duration']['labels']['v8js.gc.type']['values'][number];

/** Node's kinds of collections, in the words of the convention; every other one is `other`. */
const gcTypes: Readonly<Record<number, GcType>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
};

/** A `gc` entry; the types of Node 20 do not know its detail. */
interface GarbageCollection {
  readonly detail: NodeGCPerformanceDetail;
}

/**
 * Measures the process itself: event loop, garbage collection, heap, CPU. Names follow the conventions where they exist.
 * https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/
 */
export function observeRuntime(provider: MeterProvider): void {
  const meter = provider.getMeter(runtimeScope);
  const gauge = (name: MetricName): ObservableGauge => meter.createObservableGauge(name, catalogue[name]);

  const delay = monitorEventLoopDelay({ resolution: delayResolutionMillis });
  delay.enable();
  const delayP99 = gauge('nodejs.eventloop.delay.p99');
  const delayMax = gauge('nodejs.eventloop.delay.max');
  const utilization = gauge('nodejs.eventloop.utilization');
  let lastUtilization = performance.eventLoopUtilization();
  meter.addBatchObservableCallback(
    (result) => {
      // A sample is the time between two timers, the resolution included; before the first one all are NaN or huge.
      const overdue = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - delayResolutionMillis / 1e3);
      if (delay.count > 0) {
        result.observe(delayP99, overdue(delay.percentile(99)));
        result.observe(delayMax, overdue(delay.max));
      }
      delay.reset();
      const now = performance.eventLoopUtilization();
      result.observe(utilization, performance.eventLoopUtilization(now, lastUtilization).utilization);
      lastUtilization = now;
    },
    [delayP99, delayMax, utilization],
  );

  const heapUsed = gauge('v8js.memory.heap.used');
  const heapLimit = gauge('v8js.memory.heap.limit');
  const memory = gauge('process.memory.usage');
  meter.addBatchObservableCallback(
    (result) => {
      const heap = getHeapStatistics();
      result.observe(heapUsed, heap.used_heap_size);
      result.observe(heapLimit, heap.heap_size_limit);
      result.observe(memory, process.memoryUsage.rss());
    },
    [heapUsed, heapLimit, memory],
  );

  meter.createObservableCounter('process.cpu.time', catalogue['process.cpu.time']).addCallback((result) => {
    const { user, system } = process.cpuUsage();
    const mode = (value: CpuMode): LabelsOf<'process.cpu.time'> => ({ 'cpu.mode': value });
    result.observe(user / 1e6, mode('user'));
    result.observe(system / 1e6, mode('system'));
  });

  const gc = meter.createHistogram('v8js.gc.duration', catalogue['v8js.gc.duration']);
  // Not v8's GCProfiler: one that is stopped goes on writing 3 kB for each collection until a major one takes it away.
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind = 0 } = (entry as unknown as GarbageCollection).detail;
      gc.record(entry.duration / 1e3, {
        'v8js.gc.type': gcTypes[kind] ?? 'other',
      } satisfies LabelsOf<'v8js.gc.duration'>);
    }
  }).observe({ type: 'gc' });
}
