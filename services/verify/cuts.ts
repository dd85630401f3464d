// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What makes a collection cheaper: where, and the lines to put there, if any. */
export interface Cut {
  readonly where: string;
  readonly lines?: string;
}

/** By service. Those of LiteLLM are the ones of services/litellm/config.yaml and docs/guides/litellm.md, which a test compares. */
export const cuts: Readonly<Record<string, Cut>> = {
  litellm: {
    where:
      "LiteLLM's configuration, under litellm_settings; and PROMETHEUS_DISABLE_CREATED_SERIES=True in its environment",
    lines: `\
  prometheus_latency_buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
  prometheus_metrics_config:
    - { group: requests, metrics: [litellm_proxy_total_requests_metric], include_labels: [requested_model, status_code] }
    - group: latency
      metrics: [litellm_llm_api_latency_metric, litellm_llm_api_time_to_first_token_metric, litellm_request_queue_time_seconds]
      include_labels: [requested_model]
    - group: tokens
      metrics: [litellm_input_tokens_metric, litellm_output_tokens_metric]
      include_labels: [requested_model]
    - group: token_kinds
      metrics: [litellm_input_cached_tokens_metric, litellm_output_reasoning_tokens_metric]
      include_labels: [requested_model]
    - { group: spend, metrics: [litellm_spend_metric], include_labels: [requested_model, team] }
    - group: deployments
      metrics: [litellm_deployment_total_requests, litellm_deployment_failure_responses]
      include_labels: [requested_model]
    - group: fallbacks
      metrics: [litellm_deployment_successful_fallbacks, litellm_deployment_failed_fallbacks]
      include_labels: [requested_model, fallback_model]
    - { group: state, metrics: [litellm_deployment_state], include_labels: [litellm_model_name, api_provider] }
`,
  },
  supabase: {
    where: 'collector-config/collector.yaml, under receivers, postgresql: then it reads these databases only',
    lines: '    databases: [postgres]\n',
  },
  qdrant: {
    where:
      'Qdrant itself: each collection has lines of its own, so tenants share one, told apart by a field of the points',
  },
  redis: { where: 'Redis itself: SLOWLOG GET 10 in redis-cli shows what keeps it from answering INFO sooner' },
};
