// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Signal } from './signal.ts';

export const serviceUp: Signal = {
  title: 'Services',
  description:
    'Whether each core service reports. Down: its metrics endpoint answers without it, so look at the service. Missing: the collector cannot be reached, so nobody knows.',
  unit: units.Short,
  expr: 'max by (service) (onyx:service_up)',
  legend: '{{service}}',
  empty: 'Unknown: the collector cannot be reached',
};
