// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector.ts';
import { startTargets } from './targets.ts';

/** The collector scrapes every second here; the machine may be busy. */
const soon = { timeout: 15_000 };

let collector: Collector;
let targets: Awaited<ReturnType<typeof startTargets>>;

beforeAll(async () => {
  targets = await startTargets();
  collector = await startCollector(targets.variables);
});

afterAll(async () => {
  await collector.stop();
  targets.stop();
});

/** Series of an endpoint without the labels every one of them has; empty until the target was scraped. */
async function series(endpoint: 'qdrant' | 'litellm'): Promise<string[]> {
  const { body } = await collector.scrape(endpoint);
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines
    .filter((line) => !line.startsWith('onyx_sender_last_seen'))
    .map((line) =>
      line.replace(/(instance|job)="[^"]*",?/g, '').replace(/,?\}|\{\}/, (end) => (end === '{}' ? '' : '}')),
    );
}

test("Qdrant's metrics keep the names and labels Qdrant gave them", async () => {
  await expect.poll(() => series('qdrant'), soon).toContain('collections_total 2');
  expect(await series('qdrant')).toMatchInlineSnapshot(`
    [
      "collection_points{id="documents"} 120",
      "collections_total 2",
      "onyx_target_up 1",
      "rest_responses_duration_seconds_bucket{endpoint="/x",method="POST",status="200",le="0.001"} 3",
      "rest_responses_duration_seconds_bucket{endpoint="/x",method="POST",status="200",le="+Inf"} 7",
      "rest_responses_duration_seconds_sum{endpoint="/x",method="POST",status="200"} 0.02",
      "rest_responses_duration_seconds_count{endpoint="/x",method="POST",status="200"} 7",
      "rest_responses_total{endpoint="/collections/{collection_name}/points/query",method="POST",status="200"} 7",
      "target_info 1",
    ]
  `);
});

test("LiteLLM's metrics keep their names, lose everything personal, and keep their totals", async () => {
  await expect.poll(() => series('litellm'), soon).toContain('onyx_target_up 1');
  expect(await series('litellm')).toMatchInlineSnapshot(`
    [
      "litellm_deployment_state{api_provider="openai",litellm_model_name="gpt-4o"} 1",
      "litellm_deployment_total_requests_total{api_provider="openai",litellm_model_name="gpt-4o"} 4",
      "litellm_proxy_total_requests_metric_total{requested_model="fast",status_code="200"} 5",
      "litellm_request_total_latency_metric_bucket{model="gpt-4o",le="1"} 6",
      "litellm_request_total_latency_metric_bucket{model="gpt-4o",le="+Inf"} 7",
      "litellm_request_total_latency_metric_sum{model="gpt-4o"} 4",
      "litellm_request_total_latency_metric_count{model="gpt-4o"} 7",
      "litellm_total_tokens_metric_total{model="gpt-4o"} 100",
      "onyx_dropped_labels_total{label="api_base,model_id"} 1",
      "onyx_dropped_labels_total{label="api_key_alias,client_ip,end_user,hashed_api_key,route,team,user,user_agent,user_email"} 2",
      "onyx_dropped_labels_total{label="api_key_alias,client_ip,end_user,hashed_api_key,team,user,user_agent,user_email"} 4",
      "onyx_target_up 1",
      "target_info 1",
    ]
  `);
  expect((await collector.scrape('litellm')).body).not.toMatch(/alice|bob|10\.1\.2\.3/);
});

test('a target that stops answering is shown as down', async () => {
  await expect.poll(() => series('qdrant'), soon).toContain('onyx_target_up 1');
  targets.qdrant.closeAllConnections();
  targets.qdrant.close();
  await expect.poll(() => series('qdrant'), soon).toContain('onyx_target_up 0');
});

test("the collector's own metrics and the machine's are in infra", async () => {
  const infra = async () => (await collector.scrape('infra')).body;
  await expect
    .poll(infra, soon)
    .toMatch(/^otelcol_process_uptime_seconds_total\{instance="collector",job="otelcol"\} /m);
  expect(await infra()).toMatch(/^system_cpu_utilization_ratio\{state="idle"\} /m);
  expect(await infra()).toMatch(/^system_memory_utilization_ratio\{state="used"\} /m);
  expect(await infra()).toMatch(/^system_filesystem_utilization_ratio\{.*mountpoint="\/".*\} /m);
  expect(await infra()).not.toMatch(/^(up|scrape_\w+)[ {]/m);
});
