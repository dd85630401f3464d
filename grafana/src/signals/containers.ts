// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

const present = 'docker';
const empty = 'No containers are measured: they are in Docker, with collector.docker.yaml';
const legend = '{{container}}';

export const containerCpu: Signal = {
  title: 'CPU of containers',
  description: 'Cores in use, by container. The one on top when the host is busy is the one to look at.',
  unit: units.Short,
  queries: [
    { expr: 'max by (container) (rate(container_cpu_usage_nanoseconds_total[$__rate_interval])) / 1e9', legend },
  ],
  present,
  empty,
};

export const containerMemory: Signal = {
  title: 'Memory of containers',
  description: "Share of the limit each container has, or of the host's memory without one. At 1 the kernel kills it.",
  unit: units.PercentUnit,
  queries: [
    {
      expr: 'max by (container) (container_memory_usage_total_bytes) / max by (container) (container_memory_usage_limit_bytes)',
      legend,
    },
  ],
  present,
  empty,
  threshold: limits.saturation,
};

export const containerRestarts: Signal = {
  title: 'Restarts of containers',
  description: 'Restarts since each container was made. Climbing: it crashes and is started again, its log says why.',
  unit: units.Short,
  queries: [{ expr: 'max by (container) (container_restarts_total)', legend }],
  present,
  empty,
};

export const containerUptime: Signal = {
  title: 'Running since',
  description: 'How long each container has been running. Shorter than you remember: something restarted it.',
  unit: units.Seconds,
  queries: [{ expr: 'max by (container) (container_uptime_seconds)', legend }],
  present,
  empty,
};
