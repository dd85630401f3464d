// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { seconds } from '../figures.ts';
import { firing, freshness } from '../thresholds.ts';
import type { Signal } from './signal.ts';

const states = { 0: { text: 'Down', meaning: 'critical' }, 1: { text: 'Up', meaning: 'good' } } as const;

/** The board that shows what a service does, by its uid. */
const boardOf = {
  'application-performance': 'suna|onyx',
  'llm-metrics': 'litellm',
  'rag-performance': 'qdrant',
  'infrastructure-health': 'redis|supabase',
};

const up = 'max by (service) (onyx:service_up)';
const upWithBoard = Object.entries(boardOf).reduce(
  (expr, [uid, names]) => `label_replace(${expr}, "board", "${uid}", "service", "${names}")`,
  up,
);

export const serviceUp = {
  title: 'Services',
  description:
    'Core services that report; a click leads to the board of one. If one is missing, the collector cannot be reached.',
  unit: units.Short,
  queries: [{ expr: upWithBoard, legend: '{{service}}' }],
  empty: { because: 'fault', text: 'Unknown: the collector cannot be reached' },
  states,
} satisfies Signal;

export const serviceHistory = {
  ...serviceUp,
  title: 'Services over time',
  description:
    'When each core service reported and when it did not. If all end at once look at the collector, if one does at that service.',
  queries: [{ expr: up, legend: '{{service}}' }],
} satisfies Signal;

export const serviceAge = {
  title: 'Last report',
  description: `Seconds since each core service last reported; up to ${seconds(freshness.warning)} is normal. If it grows, all its numbers are that old.`,
  unit: units.Seconds,
  queries: [{ expr: 'max by (service) (onyx:service_freshness_seconds)', legend: '{{service}}' }],
  empty: { because: 'fault', text: 'No service has reported for an hour' },
  threshold: freshness,
} satisfies Signal;

export const firingAlerts: Signal = {
  title: 'Alerts',
  description:
    'Alerts that fire now, without those that can wait. If there are any, open the row below and read the runbook of each.',
  unit: units.Short,
  // The watchdog always fires, so there is a true zero to show, and nothing when rules are not evaluated.
  queries: [
    {
      expr: 'count(ALERTS{alertstate="firing"}) - count(ALERTS{alertstate="firing", severity=~"none|info"})',
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
    'runbook',
  ],
];

export const alertList: Signal = {
  title: 'Which alerts fire',
  description: 'Each alert that fires now, and for what. Click its runbook: it says how to confirm and fix it.',
  unit: units.Short,
  queries: [
    {
      expr: `sum by (${alertLabels.join(', ')}) (ALERTS{alertstate="firing", severity!="none"})`,
      legend: alertLabels.map((label) => `{{${label}}}`).join(' '),
    },
  ],
  empty: { because: 'failure', text: 'No alert fires' },
};
