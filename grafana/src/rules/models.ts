// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { llmMetrics } from '../boards/llm-metrics.ts';
import { dollars, percent, seconds, times } from '../figures.ts';
import * as models from '../signals/models.ts';
import * as spend from '../signals/spend.ts';
import * as limits from '../thresholds.ts';
import { type Alert, asked } from './alert.ts';

const called = 'sum by (gen_ai_request_model) (rate(gen_ai_client_operation_duration_seconds_count[10m]))';
/** With the name of the model in the label that silences and lists know. */
const ofModel = (expr: string) => `label_replace(${expr}, "model", "$1", "gen_ai_request_model", "(.*)")`;

/** Whether models answer, and at what price. */
export const modelAlerts: readonly Alert[] = [
  {
    name: 'ModelFailures',
    expr: ofModel(
      `(1 - (${asked(models.callSuccess, '10m')}) > ${limits.modelFailures.critical} and ${called} > ${limits.minimumCalls})`,
    ),
    for: '5m',
    severity: 'critical',
    needs: ['onyx', 'litellm'],
    over: '11m',
    summary: 'Calls of the model {{ $labels.model }} fail.',
    description: '{{ $value | humanizePercentage }} of the calls of ten minutes ended with an error.',
    when: `more than ${percent(limits.modelFailures.critical)} of the calls of a model fail`,
    users: 'Chats with this model end without an answer.',
    panel: [llmMetrics, models.callSuccess],
  },
  {
    name: 'ModelSlow',
    // A limit is a boundary of the histogram: a quantile there has reached it.
    expr: ofModel(
      `(${asked(models.callLatency, '10m')} >= ${limits.modelLatency.critical} and ${called} > ${limits.minimumCalls})`,
    ),
    for: '10m',
    severity: 'warning',
    needs: ['onyx', 'litellm'],
    over: '11m',
    summary: 'The model {{ $labels.model }} is slow.',
    description: 'The p95 of its calls is {{ $value | humanizeDuration }} or more.',
    when: `the p95 of the calls of a model reaches ${seconds(limits.modelLatency.critical)}`,
    users: 'They wait for the answers of this model.',
    panel: [llmMetrics, models.callLatency],
  },
  {
    name: 'SpendHigh',
    expr: `sum(increase(onyx_gen_ai_cost_usd_total[1h])) > ${limits.spend.critical}`,
    severity: 'warning',
    summary: `Models cost more than ${dollars(limits.spend.critical)} an hour.`,
    description: 'The calls of the last hour whose price is known cost {{ $value | printf "%.2f" }} US dollars.',
    when: `the calls of an hour with a known price cost more than ${dollars(limits.spend.critical)}`,
    users: 'Nothing.',
    panel: [llmMetrics, models.knownSpend],
  },
  {
    name: 'SpendSpike',
    expr: `onyx:spend_growth:ratio > ${limits.spendGrowth.critical}`,
    for: '5m',
    severity: 'warning',
    summary: `Models cost more than ${times(limits.spendGrowth.critical)} what they usually cost at this hour.`,
    description:
      'The last hour cost {{ $value | printf "%.1f" }} times the median of the same hour of the days before.',
    when: `the last hour cost more than ${times(limits.spendGrowth.critical)} the median of the same hour of ${limits.minimumDays} to 7 days before, or of ${dollars(limits.minimumSpend)} if that is more`,
    users: 'Nothing, until a budget of LiteLLM stops them.',
    panel: [llmMetrics, spend.spendGrowth],
  },
  {
    name: 'BudgetNearlySpent',
    expr: `onyx:spend_budget:ratio >= ${limits.budgetUsed.warning} and onyx:spend_budget:ratio < ${limits.budgetUsed.critical}`,
    severity: 'info',
    summary: `Models have cost ${percent(limits.budgetUsed.warning)} of the budget of this month.`,
    description: '{{ $value | humanizePercentage }} of ONYX_BUDGET_MONTHLY_USD is spent since the month began, in UTC.',
    when: `${percent(limits.budgetUsed.warning)} of the month's budget is spent`,
    users: 'Nothing.',
    panel: [llmMetrics, spend.budgetUsed],
  },
  {
    name: 'BudgetSpent',
    expr: `onyx:spend_budget:ratio >= ${limits.budgetUsed.critical}`,
    severity: 'warning',
    summary: 'The budget of this month is spent.',
    description: '{{ $value | humanizePercentage }} of ONYX_BUDGET_MONTHLY_USD is spent since the month began, in UTC.',
    when: `${percent(limits.budgetUsed.critical)} of the month's budget is spent`,
    users: 'Nothing: only the budgets of LiteLLM stop calls.',
    panel: [llmMetrics, spend.budgetUsed],
  },
];
