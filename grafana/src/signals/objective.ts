// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

const empty = {
  because: 'traffic',
  text: 'Nobody chatted in the week before',
  brief: 'No chats',
  unless: traffic.chats,
} as const;

export const budgetLeft: Signal = {
  title: 'Budget left',
  description:
    'What is left of the failures that 99 % of chats ending well allow in a week; used up: stop changing things and repair.',
  unit: units.PercentUnit,
  queries: [{ expr: 'clamp_min(onyx:chat_error_budget:ratio7d, 0)', legend: 'left' }],
  empty,
  threshold: limits.budgetLeft,
};

export const budgetCourse: Signal = {
  ...budgetLeft,
  title: 'Error budget over time',
  description: 'What is left of the budget of the seven days before; a steep fall is an incident, a slow one a habit.',
};

export const burnRates: Signal = {
  title: 'Burn of the error budget',
  description: 'How many times faster than allowed chats fail; 14.4 for an hour or 6 for six hours fires an alert.',
  unit: units.Short,
  queries: [
    { expr: 'onyx:chat_failures:burn1h', legend: 'last hour' },
    { expr: 'onyx:chat_failures:burn6h', legend: 'last 6 hours' },
  ],
  empty: { because: 'traffic', text: 'Nobody chatted in these hours', unless: traffic.chats },
  threshold: limits.burnRate,
};
