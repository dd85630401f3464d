// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { systemOverview } from '../boards/system-overview.ts';
import * as services from '../signals/services.ts';
import * as limits from '../thresholds.ts';
import type { Alert } from './alert.ts';

/** Whether the six services are there, and whether anybody would be told. */
export const serviceAlerts: readonly Alert[] = [
  {
    name: 'Watchdog',
    expr: 'vector(1)',
    severity: 'none',
    summary: 'Fires always, to prove that alerts can be evaluated and delivered.',
    description: 'When it stops arriving where it is sent, nothing else would arrive either.',
    when: 'Prometheus evaluates its rules',
    users: 'Nothing.',
    panel: [systemOverview, services.firingAlerts],
  },
  {
    name: 'ServiceDown',
    expr: 'onyx:service_up{service!~"suna|onyx"} == 0',
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.service }} is down.',
    description: 'The collector answers, but has got nothing from {{ $labels.service }} for a minute.',
    when: `a service has not reported for ${limits.freshness.critical} s while the collector listens`,
    users: 'What needs this service fails.',
    panel: [systemOverview, services.serviceUp],
  },
  {
    name: 'ServiceSilent',
    expr: 'onyx:service_up{service=~"suna|onyx"} == 0',
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.service }} is silent.',
    description:
      '{{ $labels.service }} has exported nothing for more than a minute: it is down, or its telemetry does not arrive.',
    when: `Suna or Onyx has exported nothing for ${limits.freshness.critical} s while the collector listens`,
    users: 'The platform does not answer, if it is down; nothing, if only its telemetry is.',
    panel: [systemOverview, services.serviceUp],
  },
];
