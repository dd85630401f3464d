// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { llmMetrics } from '../boards/llm-metrics.ts';
import { dollars, percent, seconds } from '../figures.ts';
import * as models from '../signals/models.ts';
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
];
