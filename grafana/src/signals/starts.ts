// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Signal } from './signal.ts';

const starts = 'onyx:service_start_time_seconds';

/** Milliseconds since 1970 at which a process started: where Grafana draws a marker. */
export const marker = { expr: `1000 * ${starts}`, legend: '{{service}} {{version}}' } as const;

export const changes: Signal = {
  title: 'What changed',
  description:
    'Each version of each service that ran in the last 24 hours, and when it last started. If trouble began then, look at what was deployed.',
  unit: units.DateTimeFromNow,
  queries: [
    {
      expr: `1000 * max by (service, version) (last_over_time(${starts}[24h]))`,
      legend: '{{service}} {{version}}',
    },
  ],
  empty: { because: 'fault', text: 'No service with the preload reports' },
};
