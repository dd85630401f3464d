// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Labels of a series with the values queries may name; `any` where the values are the platform's own. */
type Labels = Readonly<Record<string, readonly string[] | 'any'>>;

const direction = { direction: ['read', 'write'] } as const;
const disk = { mountpoint: 'any' } as const;
const database = { database: 'any' } as const;
const ofModel = { requested_model: 'any' } as const;
const container = { container: 'any' } as const;
/** Routes and calls, whose spelling depends on Qdrant's version. */
const answers = { endpoint: 'any', status: 'any' } as const;

/**
 * The series of others that are read: what queries may name in addition to our own catalogue and recorded series. A histogram stands here
 * without its suffixes. A test compares it with a running platform.
 */
export const foreign: Readonly<Record<string, Labels>> = {
  // Prometheus, of what it scrapes.
  up: {},
  scrape_duration_seconds: {},
  scrape_samples_scraped: {},
  ALERTS: { alertstate: ['firing'], severity: ['none', 'info'], runbook: 'any' },
  // Prometheus, of itself.
  prometheus_engine_query_duration_seconds: { slice: ['inner_eval', 'prepare_time', 'queue_time', 'result_sort'] },
  prometheus_notifications_errors_total: {},
  prometheus_rule_evaluation_failures_total: {},
  prometheus_tsdb_head_samples_appended_total: {},
  prometheus_tsdb_head_series: {},
  prometheus_tsdb_storage_blocks_bytes: {},
  prometheus_tsdb_wal_storage_size_bytes: {},

  // The collector, of the senders (collector.yaml) and of itself.
  onyx_budget_monthly_usd: {},
  onyx_canary_expected: {},
  onyx_collection_busy_seconds_total: {},
  onyx_collection_duration_seconds: {},
  onyx_collection_errors_total: { receiver: ['postgresql', 'redis'] },
  onyx_collection_samples: {},
  onyx_collection_size_bytes: {},
  onyx_collections_total: {},
  onyx_collector_listening_seconds: {},
  onyx_sender_last_seen_timestamp_seconds: {},
  onyx_target_up: {},
  otelcol_exporter_hidden_metric_points_total: { exporter: 'any', processor: 'any', reason: 'any' },
  otelcol_exporter_response_duration_seconds: { exporter: 'any' },
  otelcol_exporter_send_failed_metric_points_total: { exporter: 'any' },
  otelcol_process_cpu_seconds_total: {},
  otelcol_process_memory_rss_bytes: {},
  otelcol_processor_filter_datapoints_filtered_total: { filter: ['filter/senders'] },
  otelcol_receiver_accepted_metric_points_total: { receiver: 'any' },
  otelcol_receiver_failed_metric_points_total: { receiver: 'any' },
  otelcol_receiver_refused_metric_points_total: { receiver: 'any' },

  // Its receivers: health URLs, host, Docker, Redis, Postgres.
  httpcheck_status: { target: ['suna', 'onyx', 'qdrant', 'litellm'] },
  system_cpu_load_average_5m: {},
  system_cpu_logical_count: {},
  system_cpu_time_seconds_total: { state: ['idle', 'wait', 'user', 'system'] },
  system_disk_io_bytes_total: direction,
  system_disk_io_time_seconds_total: { device: 'any' },
  system_filesystem_usage_bytes: { state: ['free', 'used'], ...disk },
  system_filesystem_utilization_ratio: disk,
  system_memory_limit_bytes: {},
  system_memory_utilization_ratio: { state: ['used', 'free'] },
  system_network_io_bytes_total: { direction: ['receive', 'transmit'] },
  system_paging_faults_total: { type: ['major', 'minor'] },
  container_cpu_usage_nanoseconds_total: container,
  container_memory_usage_limit_bytes: container,
  container_memory_usage_total_bytes: container,
  container_restarts_total: container,
  container_uptime_seconds: container,
  redis_clients_blocked: {},
  redis_clients_connected: {},
  redis_commands_processed_total: {},
  redis_keys_evicted_total: {},
  redis_keys_expired_total: {},
  redis_maxmemory_bytes: {},
  redis_memory_rss_bytes: {},
  redis_memory_used_bytes: {},
  postgresql_backends: database,
  postgresql_blks_hit_total: database,
  postgresql_blks_read_total: database,
  postgresql_commits_total: database,
  postgresql_connection_max: {},
  postgresql_db_size_bytes: database,
  postgresql_deadlocks_total: database,
  postgresql_rollbacks_total: database,
  postgresql_temp_files_total: database,

  // Numbers of the business (business.yaml).
  onyx_backlog_age_seconds: {},
  onyx_queue_depth: {},

  // Qdrant and LiteLLM, of themselves.
  collection_points: { id: 'any' },
  collections_total: {},
  memory_resident_bytes: {},
  process_max_fds: {},
  process_open_fds: {},
  process_resident_memory_bytes: {},
  process_start_time_seconds: {},
  grpc_responses_total: answers,
  grpc_responses_duration_seconds: { endpoint: 'any' },
  rest_responses_total: answers,
  rest_responses_duration_seconds: { endpoint: 'any' },
  litellm_api_key_max_budget_metric: { key_hash: 'any' },
  litellm_api_key_rate_limit_allowed_metric: { key_hash: 'any', rate_limit_type: 'any' },
  litellm_api_key_rate_limit_used_metric: { key_hash: 'any', rate_limit_type: 'any' },
  litellm_deployment_failed_fallbacks_total: {},
  litellm_deployment_state: { litellm_model_name: 'any' },
  litellm_deployment_successful_fallbacks_total: {},
  litellm_in_flight_requests: {},
  litellm_input_cached_tokens_metric_total: ofModel,
  litellm_input_tokens_metric_total: ofModel,
  litellm_llm_api_latency_metric: ofModel,
  litellm_llm_api_time_to_first_token_metric: ofModel,
  litellm_output_reasoning_tokens_metric_total: ofModel,
  litellm_output_tokens_metric_total: ofModel,
  litellm_proxy_total_requests_metric_total: { ...ofModel, status_code: 'any' },
  litellm_remaining_api_key_budget_metric: { key_hash: 'any' },
  litellm_remaining_team_budget_metric: { team_hash: 'any' },
  litellm_request_queue_time_seconds: {},
  litellm_spend_metric_total: { ...ofModel, team_hash: 'any' },
  litellm_team_max_budget_metric: { team_hash: 'any' },
  litellm_team_rate_limit_allowed_metric: { team_hash: 'any', rate_limit_type: 'any' },
  litellm_team_rate_limit_used_metric: { team_hash: 'any', rate_limit_type: 'any' },
};
