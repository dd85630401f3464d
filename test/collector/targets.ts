// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const qdrantMetrics = `\
# TYPE collections_total gauge
collections_total 2
# TYPE collection_points gauge
collection_points{id="documents"} 120
# TYPE rest_responses_total counter
rest_responses_total{method="POST",endpoint="/collections/{collection_name}/points/query",status="200"} 7
# TYPE rest_responses_duration_seconds histogram
rest_responses_duration_seconds_bucket{method="POST",endpoint="/x",status="200",le="0.001"} 3
rest_responses_duration_seconds_bucket{method="POST",endpoint="/x",status="200",le="+Inf"} 7
rest_responses_duration_seconds_sum{method="POST",endpoint="/x",status="200"} 0.02
rest_responses_duration_seconds_count{method="POST",endpoint="/x",status="200"} 7
`;

const person = (name: string) =>
  `end_user="${name}",user="${name}",user_email="${name}@example.com",hashed_api_key="88${name}",api_key_alias="${name}",team="t-${name}",client_ip="10.1.2.3",user_agent="curl/${name}"`;

const litellmMetrics = `\
# TYPE litellm_proxy_total_requests_metric_total counter
litellm_proxy_total_requests_metric_total{${person('alice')},requested_model="fast",status_code="200",route="/v1/chat/completions"} 2
litellm_proxy_total_requests_metric_total{${person('bob')},requested_model="fast",status_code="200",route="/v1/chat/completions"} 3
# TYPE litellm_proxy_total_requests_metric_created gauge
litellm_proxy_total_requests_metric_created{${person('alice')},requested_model="fast",status_code="200"} 1.7e+09
# TYPE litellm_total_tokens_metric_total counter
litellm_total_tokens_metric_total{${person('alice')},model="gpt-4o"} 100
# TYPE litellm_deployment_total_requests_total counter
litellm_deployment_total_requests_total{${person('alice')},litellm_model_name="gpt-4o",api_provider="openai"} 4
# TYPE litellm_request_total_latency_metric histogram
litellm_request_total_latency_metric_bucket{${person('alice')},model="gpt-4o",le="1"} 1
litellm_request_total_latency_metric_bucket{${person('alice')},model="gpt-4o",le="+Inf"} 2
litellm_request_total_latency_metric_sum{${person('alice')},model="gpt-4o"} 3
litellm_request_total_latency_metric_count{${person('alice')},model="gpt-4o"} 2
litellm_request_total_latency_metric_bucket{${person('bob')},model="gpt-4o",le="1"} 5
litellm_request_total_latency_metric_bucket{${person('bob')},model="gpt-4o",le="+Inf"} 5
litellm_request_total_latency_metric_sum{${person('bob')},model="gpt-4o"} 1
litellm_request_total_latency_metric_count{${person('bob')},model="gpt-4o"} 5
# TYPE litellm_remaining_team_budget_metric gauge
litellm_remaining_team_budget_metric{team="t-alice",team_alias="Alice's team"} 5
# TYPE litellm_deployment_state gauge
litellm_deployment_state{litellm_model_name="gpt-4o",model_id="88",api_base="https://alice.example.com",api_provider="openai"} 1
# TYPE python_info gauge
python_info{version="3.12"} 1
`;

/** A server that shows its metrics only on the path and with the header the real one asks for. */
async function serve(path: string, header: string, value: string, metrics: string): Promise<Server> {
  const server = createServer((request, response) => {
    const known = request.url === path && request.headers[header] === value;
    response.writeHead(known ? 200 : 401, { 'content-type': 'text/plain; version=0.0.4' }).end(known ? metrics : '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

const address = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Servers with the metrics of Qdrant and of LiteLLM, and the variables that point a collector at them. */
export async function startTargets() {
  const qdrant = await serve('/metrics', 'api-key', 'key-of-qdrant', qdrantMetrics);
  const litellm = await serve('/metrics/', 'authorization', 'Bearer key-of-litellm', litellmMetrics);
  return {
    qdrant,
    litellm,
    variables: { ONYX_QDRANT_TARGET: address(qdrant), ONYX_LITELLM_TARGET: address(litellm) },
    stop() {
      qdrant.close();
      litellm.close();
    },
  };
}
