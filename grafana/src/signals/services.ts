// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { firing, freshness } from '../thresholds.ts';
import type { Signal } from './signal.ts';

const states = { 0: { text: 'Down', meaning: 'critical' }, 1: { text: 'Up', meaning: 'good' } } as const;

export const serviceUp = {
  title: 'Services',
  description:
    'Whether each core service reports; down: its metrics endpoint answers without it, so look at the service; missing: the collector cannot be reached, so nobody knows.',
  unit: units.Short,
  queries: [{ expr: 'max by (service) (onyx:service_up)', legend: '{{service}}' }],
  empty: { because: 'fault', text: 'Unknown: the collector cannot be reached' },
  states,
} satisfies Signal;

export const serviceHistory = {
  ...serviceUp,
  title: 'Services over time',
  description:
    'When each core service reported and when it did not; all of them ending at once points at the collector; one alone at that service.',
} satisfies Signal;

export const serviceAge = {
  title: 'Last report',
  description:
    'Seconds since each core service last reported; 15 to 30 are normal; growing: its numbers on every board are as old as this says.',
  unit: units.Seconds,
  queries: [{ expr: 'max by (service) (onyx:service_freshness_seconds)', legend: '{{service}}' }],
  empty: { because: 'fault', text: 'No service has reported for an hour' },
  threshold: freshness,
} satisfies Signal;

export const firingAlerts: Signal = {
  title: 'Alerts',
  description:
    'Alerts that fire now, without the watchdog; any: read the table of alerts, and the runbook each of them names.',
  unit: units.Short,
  // The watchdog always fires, so there is a true zero to show, and nothing when rules are not evaluated.
  queries: [
    {
      expr: 'count(ALERTS{alertstate="firing"}) - count(ALERTS{alertstate="firing", alertname="Watchdog"})',
      legend: 'alerts',
    },
  ],
  empty: { because: 'fault', text: 'Unknown: Prometheus evaluates no rules' },
  threshold: firing,
};

/** How bad, which, and for what. */
const alertLabels = [
  ...[
    'severity',
    'alertname',
    'service',
    'server_address',
    'model',
    'instance',
    'mountpoint',
    'database',
    'task_type',
    'agent_type',
  ],
];

export const alertList: Signal = {
  title: 'Which alerts fire',
  description:
    'Each alert that fires now, and for what; docs/runbooks has a page for each; alerts that follow from another one are listed too, though nobody is told of them.',
  unit: units.Short,
  queries: [
    {
      expr: `sum by (${alertLabels.join(', ')}) (ALERTS{alertstate="firing", severity!="none"})`,
      legend: alertLabels.map((label) => `{{${label}}}`).join(' '),
    },
  ],
  empty: { because: 'failure', text: 'No alert fires' },
};
