// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { window } from '../promql.ts';

/*
 * Whether there was traffic, for signals that without it may be empty. Each is above 0 when there was, and reads what other signals do
 * not read as well: a metric that is gone must not excuse its own panel.
 */

/**
 * Qdrant's searches of every kind, one by one, in batches and groups. Routes name the collection `{name}` up to 1.17.0 and
 * `{collection_name}` since.
 */
export const searchesOf = {
  rest: 'endpoint=~"/collections/.(collection_)?name./points/(search|query|recommend|discover)(/.+)?"',
  grpc: 'endpoint=~"/qdrant.Points/(Search|Query|Recommend|Discover).*"',
} as const;

const moved = (...counters: readonly string[]) =>
  counters.map((counter) => `sum(increase(${counter}[${window}])) > 0`).join(' or ');

const toSuna = (path: string) =>
  `http_server_request_duration_seconds_count{service="suna", http_route="${path}", http_request_method="POST"}`;
const proxied = 'litellm_proxy_total_requests_metric_total{status_code="200"}';

export const chats = moved('onyx_chat_duration_seconds_count', toSuna('/api/chat'));
export const requests = moved(
  'http_server_request_duration_seconds_count{http_route!="/health"}',
  'onyx_chat_duration_seconds_count',
);
export const calls = moved(
  'gen_ai_client_operation_duration_seconds_count',
  'onyx_rag_stage_duration_seconds_count{stage="generate"}',
);
/** To the proxy, also from others than Onyx. */
export const proxyRequests = moved(proxied, 'gen_ai_client_operation_duration_seconds_count{error_type=""}');
/** Answers that came in pieces. */
export const streams = moved(
  'gen_ai_client_operation_time_to_first_chunk_seconds_count',
  'litellm_llm_api_time_to_first_token_metric_count',
);
export const retrievals = moved('onyx_rag_retrieval_duration_seconds_count', toSuna('/api/chat'));
/** Retrievals that found something. */
export const finds = moved('onyx_rag_results_total', 'onyx_rag_best_similarity_count');
export const searches = moved(
  `rest_responses_total{${searchesOf.rest}}`,
  `grpc_responses_total{${searchesOf.grpc}}`,
  'onyx_rag_retrieval_duration_seconds_count',
);
/** A vector store that nothing has been put into yet has none. */
export const collections = 'sum(collections_total) > 0';
export const tasks = moved('onyx_task_completion_total');
export const agents = moved(toSuna('/api/agents'));
export const agentRuns = moved(
  'gen_ai_invoke_agent_duration_seconds_count',
  'gen_ai_execute_tool_duration_seconds_count{gen_ai_agent_name!=""}',
);
export const toolCalls = moved('gen_ai_execute_tool_duration_seconds_count');
