// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { typed } from '../typed.ts';
import { startCollector } from './helpers/collector.ts';
import { samples } from './helpers/targets.ts';

/** A budget as a series, and what teams and keys of LiteLLM have left, by pseudonyms. */

const hash = 'a1'.repeat(32);
/** As LiteLLM 1.106 writes it: of two processes' gauges the same line may come twice; without a limit it writes these numbers. */
const exposition = `
# TYPE litellm_remaining_team_budget_metric gauge
litellm_remaining_team_budget_metric{team="research",team_alias="Ann and Ben"} 12.5
litellm_remaining_team_budget_metric{team="unlimited",team_alias="None"} +Inf
# TYPE litellm_team_max_budget_metric gauge
litellm_team_max_budget_metric{team="research",team_alias="Ann and Ben"} 50.0
litellm_team_max_budget_metric{team="unlimited",team_alias="None"} +Inf
# TYPE litellm_remaining_api_key_requests_for_model gauge
litellm_remaining_api_key_requests_for_model{api_key_alias="ann",hashed_api_key="${hash}",model="gpt-4o",model_id="one"} 7.0
litellm_remaining_api_key_requests_for_model{api_key_alias="ann",hashed_api_key="${hash}",model="gpt-4o",model_id="two"} 3.0
litellm_remaining_api_key_requests_for_model{api_key_alias="ben",hashed_api_key="${'b2'.repeat(32)}",model="gpt-4o",model_id="one"} 9.223372036854776e+18
# TYPE litellm_api_key_rate_limit_used_metric gauge
litellm_api_key_rate_limit_used_metric{api_key_alias="ann",hashed_api_key="${hash}",rate_limit_type="requests"} 5.0
# TYPE litellm_remaining_user_budget_metric gauge
litellm_remaining_user_budget_metric{user="ann"} 1.0
# TYPE litellm_team_budget_remaining_hours_metric gauge
litellm_team_budget_remaining_hours_metric{team="research",team_alias="Ann and Ben"} 9.0
`;

async function collect(budget: string) {
  const target = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(exposition.trimStart());
  });
  await once(target.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void target.close());
  const { port } = target.address() as AddressInfo;
  const collector = await startCollector({
    ONYX_LITELLM_TARGET: `127.0.0.1:${port}`,
    ONYX_BUDGET_MONTHLY_USD: budget,
  });
  onTestFinished(async () => void (await collector.stop()));
  return collector;
}

/** What a person who types the command of the guide sees. */
const shortened = async (id: string) =>
  (await typed('printf %s "$ID" | sha256sum | cut -c1-12', { env: { ID: id } })).stdout;

test('what teams and keys have left has the pseudonyms that sha256sum makes, the least of it counts, and no limit is no line', async () => {
  const collector = await collect('250');
  const left = async () =>
    samples((await collector.scrape('litellm')).body)
      .filter(([name]) => name.startsWith('litellm_'))
      .map(([name, { instance: _, job: __, ...labels }, value]) => [name, labels, value])
      .sort();
  const [team, key] = [`t_${await shortened('research')}`, `k_${await shortened(hash)}`];
  await expect.poll(left).toEqual([
    ['litellm_api_key_rate_limit_used_metric', { key_hash: key, rate_limit_type: 'requests' }, 5],
    ['litellm_remaining_api_key_requests_for_model', { key_hash: key, model: 'gpt-4o' }, 3],
    ['litellm_remaining_team_budget_metric', { team_hash: team }, 12.5],
    ['litellm_team_max_budget_metric', { team_hash: team }, 50],
  ]);
  const budget = async () => (await collector.scrape('infra')).body.match(/^onyx_budget.*$/gm);
  await expect.poll(budget).toEqual([expect.stringMatching(/^onyx_budget_monthly_usd(\{.*\})? 250$/)]);
});

test.each(['', 'a lot', '-5'])('a budget of "%s" is none', async (budget) => {
  const collector = await collect(budget);
  const infra = async () => (await collector.scrape('infra')).body;
  await expect.poll(infra).toMatch(/^otelcol_process_uptime_seconds_total/m);
  expect(await infra()).not.toMatch(/onyx_budget/);
});
