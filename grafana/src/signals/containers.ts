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
  description: 'Cores in use, by container; the one on top when the host is busy is the one to look at.',
  unit: 'suffix:cores',
  queries: [{ expr: `max by (container) (rate(container_cpu_usage_nanoseconds_total[${window}])) / 1e9`, legend }],
  empty,
};

export const containerMemory: Signal = {
  title: 'Memory of containers',
  description: "Share of the limit each container has, or of the host's memory without one; at 1 the kernel kills it.",
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
  description: 'Restarts since each container was made; climbing: it crashes and is started again, its log says why.',
  unit: units.Short,
  queries: [{ expr: 'max by (container) (container_restarts_total)', legend }],
  empty,
};

export const containerUptime: Signal = {
  title: 'Running since',
  description: 'How long each container has been running; shorter than you remember: something restarted it.',
  unit: units.Seconds,
  queries: [{ expr: 'max by (container) (container_uptime_seconds)', legend }],
  empty,
};
