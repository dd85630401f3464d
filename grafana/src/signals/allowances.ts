// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { percent } from '../figures.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';

/* What teams and keys have left of what LiteLLM allows them, by pseudonyms. Only those with a limit have lines. */

const largest = (series: string, labels: readonly string[]) => `max by (${labels.join(', ')}) (${series})`;
const budget = (owner: 'team' | 'api_key', hash: string) => ({
  expr: `${largest(`litellm_remaining_${owner}_budget_metric`, [hash])} / (${largest(`litellm_${owner}_max_budget_metric`, [hash])} > 0)`,
  legend: `{{${hash}}}`,
});
const rates = (owner: 'team' | 'api_key', hash: string) => {
  const of = (what: string) => largest(`litellm_${owner}_rate_limit_${what}_metric`, [hash, 'rate_limit_type']);
  return { expr: `1 - ${of('used')} / (${of('allowed')} > 0)`, legend: `{{${hash}}} {{rate_limit_type}}` };
};

export const budgetLeft: Signal = {
  title: 'Budget left by team and key',
  description: `Share that LiteLLM still lets a team or key spend. Below ${percent(limits.allowanceLeft.warning)} raise its budget, or its calls are refused soon.`,
  unit: units.PercentUnit,
  queries: [budget('team', 'team_hash'), budget('api_key', 'key_hash')],
  empty: { because: 'component', text: 'LiteLLM reports no budget: see docs/guides/litellm.md' },
  threshold: limits.allowanceLeft,
};

export const ratesLeft: Signal = {
  title: 'Rate limits left by team and key',
  description: `Share of the calls and tokens of a minute that a team or key has left. Below ${percent(limits.allowanceLeft.warning)} its calls end with 429 soon, so raise its limit or spread its calls.`,
  unit: units.PercentUnit,
  queries: [rates('team', 'team_hash'), rates('api_key', 'key_hash')],
  empty: { because: 'component', text: 'LiteLLM reports no rate limit: see docs/guides/litellm.md' },
  threshold: limits.allowanceLeft,
};
