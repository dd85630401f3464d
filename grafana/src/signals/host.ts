// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { percent } from '../figures.ts';
import { rate, window } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Signal, scoped } from './signal.ts';

const empty = { because: 'fault', text: 'The collector reports nothing of the host' } as const;

export const cpuUse: Signal = {
  title: 'CPU in use',
  description: `Share of all cores that was busy in the last $window, waiting for disks not counted. Above ${percent(limits.saturation.critical)} everything slows down, so find the process or add cores.`,
  unit: units.PercentUnit,
  ...scoped('', ({ over }) => [
    {
      expr: `1 - ${rate('system_cpu_time_seconds_total{state=~"idle|wait"}', [], over)} / ${rate('system_cpu_time_seconds_total', [], over)}`,
      legend: 'CPU',
    },
  ]),
  empty,
  threshold: limits.saturation,
};

export const memoryUse: Signal = {
  title: 'Memory in use',
  description: `Share of the memory that programs hold, file cache not counted. Above ${percent(limits.saturation.critical)} the kernel may end a program, so restart the one that grows.`,
  unit: units.PercentUnit,
  queries: [{ expr: 'sum(system_memory_utilization_ratio{state="used"})', legend: 'memory' }],
  empty,
  threshold: limits.saturation,
};

export const diskUse: Signal = {
  title: 'Disk in use',
  description: `Share of each file system that is full. Above ${percent(limits.saturation.critical)} make room, because Postgres and Qdrant stop on a full disk.`,
  unit: units.PercentUnit,
  queries: [{ expr: 'max by (mountpoint) (system_filesystem_utilization_ratio)', legend: '{{mountpoint}}' }],
  empty,
  threshold: limits.saturation,
};

export const fullestDisk: Signal = {
  ...diskUse,
  title: 'Fullest disk',
  description: `Share of the fullest file system that is full. Above ${percent(limits.saturation.critical)} make room, because Postgres and Qdrant stop on a full disk.`,
  queries: [{ expr: 'max(system_filesystem_utilization_ratio)', legend: 'disk' }],
};

export const diskIn24Hours: Signal = {
  title: 'Disk free in a day',
  description: 'Bytes that will be free in 24 hours if the last six hours go on. Below zero find what grows.',
  unit: units.BytesIEC,
  queries: [
    {
      expr: 'min by (mountpoint) (predict_linear(system_filesystem_usage_bytes{state="free"}[6h], 24 * 3600))',
      legend: '{{mountpoint}}',
    },
  ],
  empty: {
    because: 'history',
    text: 'Too little data to see a trend',
    unless: 'count(system_filesystem_usage_bytes{state="free"} offset 5m)',
  },
  belowZero: true,
};

export const network: Signal = {
  title: 'Network',
  description:
    'Bytes a second of the interfaces of the host, in the last $window. If the line is flat at its top, it has reached the limit.',
  unit: units.BytesPerSecondSI,
  queries: [
    { expr: rate('system_network_io_bytes_total{direction="receive"}'), legend: 'received' },
    { expr: rate('system_network_io_bytes_total{direction="transmit"}'), legend: 'sent' },
  ],
  empty,
};

export const load: Signal = {
  title: 'Load for each core',
  description: `Processes that run or wait, for each core. Above ${limits.loadPerCore.warning} some wait, so look at the CPU and the disks.`,
  unit: units.Short,
  queries: [{ expr: 'sum(system_cpu_load_average_5m) / sum(system_cpu_logical_count)', legend: 'last 5 minutes' }],
  empty,
  threshold: limits.loadPerCore,
};

export const diskBusy: Signal = {
  title: 'Disk busy',
  description:
    'Share of the last $window in which each disk had work. Near 100% reads and writes queue, so find who causes them.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: `clamp_max(sum by (device) (rate(system_disk_io_time_seconds_total[${window}])), 1)`,
      legend: '{{device}}',
    },
  ],
  empty,
  threshold: limits.saturation,
};

export const diskTraffic: Signal = {
  title: 'Disk traffic',
  description:
    'Bytes a second of all disks, in the last $window. Many reads with much memory in use mean that the file cache is too small.',
  unit: units.BytesPerSecondIEC,
  queries: [
    { expr: rate('system_disk_io_bytes_total{direction="read"}'), legend: 'read' },
    { expr: rate('system_disk_io_bytes_total{direction="write"}'), legend: 'written' },
  ],
  empty,
};

export const paging: Signal = {
  title: 'Major page faults',
  description:
    'Pages a second that were read from disk in the last $window. If there are many, the memory is too small for what runs.',
  unit: units.OpsPerSecond,
  queries: [{ expr: rate('system_paging_faults_total{type="major"}'), legend: 'faults' }],
  empty,
};
