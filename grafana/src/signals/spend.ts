// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { named } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

/* What was spent, by the calendar and as the proxy counts it, for all who use it. recorded-spend.ts keeps the account. */

const empty = {
  because: 'traffic',
  text: 'The proxy got no request yet',
  brief: 'No calls',
  unless: traffic.proxyRequests,
} as const;
/** Of how little there is no pace. */
const paceless = {
  because: 'history',
  text: 'Known once the account is an hour old',
  brief: 'Not yet known',
  unless: 'onyx:spend_usd:month and on () count(onyx:spend_usd:total offset 1h10m)',
} as const;
const noBudget = {
  because: 'component',
  text: 'No budget is set: ONYX_BUDGET_MONTHLY_USD in .env',
  brief: 'No budget',
} as const;

const chosen = 'requested_model=~"$model"';
const legend = '{{requested_model}}, {{team_hash}}';
const byTeam = (series: string) =>
  named('requested_model', `sum by (requested_model, team_hash) (${series}{${chosen}})`, '(none)');

export const spentToday: Signal = {
  title: 'Spent today',
  description:
    'US dollars since midnight UTC, of calls whose price the proxy knows. If it is much for the hour, see below who spends it.',
  unit: units.Dollars,
  queries: [{ expr: `sum(onyx:spend_usd:today{${chosen}})`, legend: 'today' }],
  empty,
};

export const spentThisMonth: Signal = {
  title: 'Spent this month',
  description:
    'US dollars since the month began in UTC, of calls whose price the proxy knows. Compare it with the budget and with the bill of the provider.',
  unit: units.Dollars,
  queries: [{ expr: `sum(onyx:spend_usd:month{${chosen}})`, legend: 'this month' }],
  empty,
};

export const monthEnd: Signal = {
  title: "By the month's end",
  description:
    'US dollars of this month if the rest costs what the last seven days did on average. If it is above the budget, act now and not when it is spent.',
  unit: units.Dollars,
  queries: [{ expr: `sum(onyx:spend_usd:month_end{${chosen}})`, legend: 'at this pace' }],
  empty: paceless,
};

export const budgetUsed: Signal = {
  title: 'Budget used',
  description:
    'Share of ONYX_BUDGET_MONTHLY_USD that all models have cost this month. If it rises too fast, limit keys and teams in LiteLLM.',
  unit: units.PercentUnit,
  queries: [{ expr: 'onyx:spend_budget:ratio', legend: 'used' }],
  empty: noBudget,
  threshold: limits.budgetUsed,
};

export const todayByTeam: Signal = { ...spentToday, queries: [{ expr: byTeam('onyx:spend_usd:today'), legend }] };
export const monthByTeam: Signal = { ...spentThisMonth, queries: [{ expr: byTeam('onyx:spend_usd:month'), legend }] };
export const monthEndByTeam: Signal = { ...monthEnd, queries: [{ expr: byTeam('onyx:spend_usd:month_end'), legend }] };

export const spendGrowth: Signal = {
  title: 'Spend against the days before',
  description:
    'Cost of the last hour, divided by the median of the same hour of up to seven days before. If it jumps, look for a loop or a new client.',
  unit: 'suffix:×',
  queries: [{ expr: 'onyx:spend_growth:ratio', legend: 'times the usual' }],
  empty: {
    because: 'history',
    text: 'Known once the same hour of three days is',
    unless: `count(onyx:spend_usd:hour offset ${limits.minimumDays}d)`,
  },
  threshold: limits.spendGrowth,
};
