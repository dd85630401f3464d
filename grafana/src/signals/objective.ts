// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { percent } from '../figures.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

const empty = {
  because: 'traffic',
  text: 'No chats in the week before',
  brief: 'No chats',
  unless: traffic.chats,
} as const;

export const budgetLeft: Signal = {
  title: 'Budget left',
  description: `The rest of the failures that an objective of ${percent(limits.chatObjective)} good chats allows in a week. If it is used up, stop changing things and repair.`,
  unit: units.PercentUnit,
  queries: [{ expr: 'clamp_min(onyx:chat_error_budget:ratio7d, 0)', legend: 'left' }],
  empty,
  threshold: limits.budgetLeft,
};

export const budgetCourse: Signal = {
  ...budgetLeft,
  title: 'Error budget over time',
  description:
    'The rest of the budget of seven days. A steep fall is an incident, a slow one a habit, so find what fails regularly.',
};

export const burnRates: Signal = {
  title: 'Burn of the error budget',
  description: `How many times faster than allowed chats fail. At ${limits.burnRate.critical} for an hour or ${limits.burnRate.warning} for six hours an alert fires, so find what fails.`,
  unit: units.Short,
  queries: [
    { expr: 'onyx:chat_failures:burn1h', legend: 'last hour' },
    { expr: 'onyx:chat_failures:burn6h', legend: 'last 6 hours' },
  ],
  empty: { because: 'traffic', text: 'No chats in these hours', unless: traffic.chats },
  threshold: limits.burnRate,
};
