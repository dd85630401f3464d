// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { infrastructureHealth } from '../boards/infrastructure-health.ts';
import { systemOverview } from '../boards/system-overview.ts';
import { percent } from '../figures.ts';
import * as host from '../signals/host.ts';
import { saturation } from '../thresholds.ts';
import { type Alert, asked } from './alert.ts';

const full = saturation.critical;

/** Whether the machine has room. */
export const hostAlerts: readonly Alert[] = [
  {
    name: 'HighCpu',
    expr: `${asked(host.cpuUse, '5m')} > ${full}`,
    for: '10m',
    severity: 'warning',
    summary: 'The CPU of the host is busy.',
    description: '{{ $value | humanizePercentage }} of all cores for ten minutes.',
    when: `more than ${percent(full)} of all cores are busy`,
    users: 'Everything is slow.',
    panel: [systemOverview, host.cpuUse],
  },
  {
    name: 'HighMemory',
    expr: `${asked(host.memoryUse)} > ${full}`,
    for: '5m',
    severity: 'critical',
    summary: 'The memory of the host is nearly used up.',
    description: 'Programs hold {{ $value | humanizePercentage }} of it.',
    when: `programs hold more than ${percent(full)} of the memory`,
    users: 'Nothing yet; soon the kernel ends a program.',
    panel: [systemOverview, host.memoryUse],
  },
  {
    name: 'DiskAlmostFull',
    expr: `${asked(host.diskUse)} > ${full}`,
    for: '5m',
    severity: 'critical',
    summary: 'The disk {{ $labels.mountpoint }} is nearly full.',
    description: '{{ $value | humanizePercentage }} of it are in use.',
    when: `more than ${percent(full)} of a file system are in use`,
    users: 'Nothing yet; on a full disk Postgres and Qdrant stop.',
    panel: [systemOverview, host.diskUse],
  },
  {
    name: 'DiskFullWithinADay',
    // Half full at least: on an empty disk the first hours of data look like a trend. And six hours of history.
    expr: `${asked(host.diskIn24Hours)} < 0 and ${asked(host.diskUse)} > 0.5 and on (mountpoint) max by (mountpoint) (system_filesystem_utilization_ratio offset 6h)`,
    for: '30m',
    severity: 'warning',
    summary: 'The disk {{ $labels.mountpoint }} will be full within a day.',
    description: 'If it goes on as in the last six hours, {{ $value | humanize1024 }}B will be left in 24 hours.',
    when: 'a file system fills within a day at the pace of the last six hours',
    users: 'Nothing yet.',
    panel: [infrastructureHealth, host.diskIn24Hours],
  },
];
