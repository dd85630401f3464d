// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Signal } from './signal.ts';

const empty = 'The collector reports nothing of the host';

export const cpuUse: Signal = {
  title: 'CPU in use',
  description:
    'Share of all cores that is busy. Above 90 % for minutes every latency grows: find the process, or add cores.',
  unit: units.PercentUnit,
  expr: '1 - sum(rate(system_cpu_time_seconds_total{state="idle"}[$__rate_interval])) / sum(rate(system_cpu_time_seconds_total[$__rate_interval]))',
  legend: 'CPU',
  empty,
};

export const memoryUse: Signal = {
  title: 'Memory in use',
  description:
    'Share of the memory that programs hold, file cache not counted. Above 90 % the kernel will soon kill one of them.',
  unit: units.PercentUnit,
  expr: 'sum(system_memory_utilization_ratio{state="used"})',
  legend: 'memory',
  empty,
};

export const diskUse: Signal = {
  title: 'Disk in use',
  description:
    'Share of each file system that is full. Above 90 % make room: Postgres and Qdrant stop writing on a full disk.',
  unit: units.PercentUnit,
  expr: 'max by (mountpoint) (system_filesystem_utilization_ratio)',
  legend: '{{mountpoint}}',
  empty,
};
