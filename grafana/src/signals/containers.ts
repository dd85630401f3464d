// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { window } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

const empty = {
  because: 'component',
  text: 'No containers are measured: they are in Docker, with collector.docker.yaml',
} as const;
const legend = '{{container}}';

export const containerCpu: Signal = {
  title: 'CPU of containers',
  description: 'Cores in use in the last $window, by container. If the host is busy, begin with the highest line.',
  unit: 'suffix:CPU',
  queries: [{ expr: `max by (container) (rate(container_cpu_usage_nanoseconds_total[${window}])) / 1e9`, legend }],
  empty,
};

export const containerMemory: Signal = {
  title: 'Memory of containers',
  description:
    'Share of the limit of each container, or of the memory of the host. At 100% the kernel ends it, so raise the limit or find the leak.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: 'max by (container) (container_memory_usage_total_bytes) / max by (container) (container_memory_usage_limit_bytes)',
      legend,
    },
  ],
  empty,
  threshold: limits.saturation,
};

export const containerRestarts: Signal = {
  title: 'Restarts of containers',
  description: 'Restarts since each container was made. If it climbs, read the log of that container.',
  unit: units.Short,
  queries: [{ expr: 'max by (container) (container_restarts_total)', legend }],
  empty,
};

export const containerUptime: Signal = {
  title: 'Running since',
  description: 'How long each container has been running. If it is shorter than you expect, something restarted it.',
  unit: units.Seconds,
  queries: [{ expr: 'max by (container) (container_uptime_seconds)', legend }],
  empty,
};
