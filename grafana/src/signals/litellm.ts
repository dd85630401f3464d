// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { mean, named, orZero, quantile, rate, select, share } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

/* What the proxy says of models, whoever called them. */

const empty = {
  because: 'traffic',
  text: 'The proxy got no request in this time',
  unless: traffic.proxyRequests,
} as const;
/** What version 1.80 does not report. */
const notBefore = { because: 'component', text: 'LiteLLM does not report this; version 1.80 never does' } as const;
const chosen = 'requested_model=~"$model"';
const legend = '{{requested_model}}';
const perModel = ['requested_model'];
const proxied = 'litellm_proxy_total_requests_metric_total';

const requests = (where = '') => named('requested_model', rate(select(proxied, chosen, where), perModel), '(none)');
const buckets = (histogram: string) => rate(`${histogram}_bucket{${chosen}}`, ['le', ...perModel]);

export const proxyRequests: Signal = {
  title: 'Requests by model',
  description: 'Requests each second to the proxy, by the model asked for.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests(), legend }],
  empty,
};

export const proxyFailures: Signal = {
  title: 'Failing requests by model',
  description:
    'Share of the requests the proxy answered with an error; more than Onyx sees: somebody else calls the proxy.',
  unit: units.PercentUnit,
  queries: [{ expr: share(requests('status_code!~"2.."'), requests()), legend }],
  empty,
  threshold: limits.modelFailures,
};

export const proxyLatency: Signal = {
  title: "Provider's duration by model, p95",
  description:
    'Time the provider took for nineteen of twenty calls; as long as the whole call: the proxy is not what is slow.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, buckets('litellm_llm_api_latency_metric')), legend }],
  empty,
  threshold: limits.modelLatency,
  scale: 30,
};

export const proxyFirstToken: Signal = {
  title: 'First token by model, p95',
  description: 'Time the provider took to begin a streamed answer, for nineteen of twenty.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, buckets('litellm_llm_api_time_to_first_token_metric')), legend }],
  empty: { because: 'traffic', text: 'No answer was streamed in this time', unless: traffic.streams },
  threshold: limits.firstChunk,
  scale: 30,
};

export const tokens: Signal = {
  title: 'Tokens',
  description:
    'Tokens each second into models and out of them; input growing faster than calls: prompts or retrieved documents get longer.',
  unit: 'suffix:tok/s',
  queries: [
    { expr: rate(`litellm_input_tokens_metric_total{${chosen}}`), legend: 'input' },
    { expr: rate(`litellm_output_tokens_metric_total{${chosen}}`), legend: 'output' },
  ],
  empty,
};

export const tokensIn: Signal = {
  title: 'Tokens in by model',
  description: 'Tokens each second that models read.',
  unit: 'suffix:tok/s',
  queries: [{ expr: rate(`litellm_input_tokens_metric_total{${chosen}}`, perModel), legend }],
  empty,
};

export const tokensOut: Signal = {
  title: 'Tokens out by model',
  description: 'Tokens each second that models write; these cost most; one model rising alone: its answers get longer.',
  unit: 'suffix:tok/s',
  queries: [{ expr: rate(`litellm_output_tokens_metric_total{${chosen}}`, perModel), legend }],
  empty,
};

export const spendByModel: Signal = {
  title: 'Spend an hour by model',
  description:
    'US dollars an hour, for models the proxy knows a price of; it says zero of all others, and those are left out here.',
  unit: units.Dollars,
  queries: [{ expr: `3600 * ${rate(`litellm_spend_metric_total{${chosen}}`, perModel)} > 0`, legend }],
  empty: { because: 'failure', text: 'Unknown: the proxy knows no price of what was called' },
};

export const deploymentState = {
  title: 'Deployments',
  description:
    'What the proxy thinks of each deployment; outage: all its calls fail, so look at the provider or take it out.',
  unit: units.Short,
  queries: [{ expr: 'max by (litellm_model_name) (litellm_deployment_state)', legend: '{{litellm_model_name}}' }],
  empty: {
    because: 'traffic',
    text: 'The proxy has called no deployment since it started',
    unless: traffic.proxyRequests,
  },
  states: {
    0: { text: 'Healthy', meaning: 'good' },
    1: { text: 'Partial', meaning: 'warning' },
    2: { text: 'Outage', meaning: 'critical' },
  },
} satisfies Signal;

export const fallbacks: Signal = {
  title: 'Fallbacks',
  description: 'Calls each second that another model took over, well or in vain; any: the model asked for has trouble.',
  unit: units.RequestsPerSecond,
  queries: [
    { expr: orZero(rate('litellm_deployment_successful_fallbacks_total'), rate(proxied)), legend: 'well' },
    { expr: orZero(rate('litellm_deployment_failed_fallbacks_total'), rate(proxied)), legend: 'failed' },
  ],
  empty,
};

export const queueTime: Signal = {
  title: 'Waiting in the proxy, mean',
  description: "Time from a request's arrival to the beginning of its work; growing: the proxy needs another worker.",
  unit: units.Seconds,
  queries: [
    {
      expr: mean(rate('litellm_request_queue_time_seconds_sum'), rate('litellm_request_queue_time_seconds_count')),
      legend: 'mean',
    },
  ],
  empty: notBefore,
  threshold: limits.queueTime,
};

export const proxyInFlight: Signal = {
  title: 'Requests in the proxy',
  description: 'Requests LiteLLM is working on; rising without more calls: the providers are slow.',
  unit: units.Short,
  queries: [{ expr: 'sum(litellm_in_flight_requests)', legend: 'in progress' }],
  empty: notBefore,
};

export const proxyMemory: Signal = {
  title: 'Memory of LiteLLM',
  description: 'Resident memory; climbing for days: restart the proxy at night and look for a newer version.',
  unit: units.BytesIEC,
  queries: [{ expr: 'max(process_resident_memory_bytes{service="litellm"})', legend: 'resident' }],
  empty: { because: 'component', text: 'LiteLLM does not report this; with several workers it never does' },
};
