// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { mean, named, orZero, quantile, rate, select, share } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

/*
 * What the proxy says of models: what only it knows, such as tokens and spend. How many calls there are, how long they take and how many fail
 * is said by Onyx, which waits for them (models.ts): one number for one thing.
 */

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
const called = '{{gen_ai_request_model}}';
/** Under the label that Onyx' own calls have, to stand next to them in a table. */
const asCalled = (expr: string) =>
  `sum by (gen_ai_request_model) (label_replace(${expr}, "gen_ai_request_model", "$1", "requested_model", "(.*)"))`;
const buckets = (histogram: string) => rate(`${histogram}_bucket{${chosen}}`, ['le', ...perModel]);

export const proxyRequests: Signal = {
  title: 'Requests to the proxy by model',
  description:
    'Requests each second in the last $window, from all clients and also by fallbacks. If there are more than calls of Onyx, another client asks.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: requests(), legend }],
  empty,
};

export const proxyFailures: Signal = {
  title: 'Failing requests to the proxy',
  description:
    'Share of the requests of the last $window that the proxy answered with an error. If it is more than Onyx sees, another client has trouble.',
  unit: units.PercentUnit,
  queries: [{ expr: share(requests('status_code!~"2.."'), requests()), legend }],
  empty,
  threshold: limits.modelFailures,
};

export const proxyLatency: Signal = {
  title: "Provider's part by model, p95",
  description:
    'Time of the provider alone, in the last $window, where a call also waits for the proxy. If it is nearly as long as the call, the proxy is not slow.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, buckets('litellm_llm_api_latency_metric')), legend }],
  empty,
  threshold: limits.modelLatency,
  scale: 30,
};

export const tokens: Signal = {
  title: 'Tokens',
  description:
    'Tokens each second into models and out of them, in the last $window. If input grows faster than calls, prompts or documents get longer.',
  unit: 'suffix:tok/s',
  queries: [
    { expr: rate(`litellm_input_tokens_metric_total{${chosen}}`), legend: 'input' },
    { expr: rate(`litellm_output_tokens_metric_total{${chosen}}`), legend: 'output' },
  ],
  empty,
};

export const tokenKinds: Signal = {
  title: 'Cached and reasoning tokens',
  description:
    'Tokens each second that a provider read from its cache, or that a model thought with, in the last $window. Cached input costs less; much reasoning costs like a long answer.',
  unit: 'suffix:tok/s',
  queries: [
    { expr: rate(`litellm_input_cached_tokens_metric_total{${chosen}}`), legend: 'cached input' },
    { expr: rate(`litellm_output_reasoning_tokens_metric_total{${chosen}}`), legend: 'reasoning' },
  ],
  empty: { because: 'component', text: 'No provider said how many tokens were cached or thought with' },
};

export const tokensIn: Signal = {
  title: 'Tokens in by model',
  description: 'Tokens each second that models read, in the last $window. If one grows alone, its prompts get longer.',
  unit: 'suffix:tok/s',
  queries: [{ expr: asCalled(rate(`litellm_input_tokens_metric_total{${chosen}}`, perModel)), legend: called }],
  empty,
};

export const tokensOut: Signal = {
  title: 'Tokens out by model',
  description:
    'Tokens each second that models write, in the last $window. They cost most, so see why a model answers longer than before.',
  unit: 'suffix:tok/s',
  queries: [{ expr: asCalled(rate(`litellm_output_tokens_metric_total{${chosen}}`, perModel)), legend: called }],
  empty,
};

export const spendByModel: Signal = {
  title: 'Spend an hour by model',
  description:
    'US dollars an hour at the pace of the last $window, where the proxy knows a price. A model without one is left out, so give LiteLLM its price.',
  unit: units.Dollars,
  queries: [
    { expr: asCalled(`3600 * ${rate(`litellm_spend_metric_total{${chosen}}`, perModel)} > 0`), legend: called },
  ],
  empty: { because: 'failure', text: 'Unknown: the proxy knows no price of what was called' },
};

export const deploymentState = {
  title: 'Deployments',
  description:
    'The verdict of the proxy on each deployment. At an outage all its calls fail, so look at the provider or take it out.',
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
  description:
    'Calls each second that another model took over, in the last $window. If there are any, the model asked for has trouble.',
  unit: units.RequestsPerSecond,
  queries: [
    { expr: orZero(rate('litellm_deployment_successful_fallbacks_total'), rate(proxied)), legend: 'well' },
    { expr: orZero(rate('litellm_deployment_failed_fallbacks_total'), rate(proxied)), legend: 'failed' },
  ],
  empty,
};

export const queueTime: Signal = {
  title: 'Waiting in the proxy, mean',
  description:
    'Time from the arrival of a request to the begin of its work, in the last $window. If it grows, give the proxy another worker.',
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
  description: 'Requests LiteLLM is working on. If they rise without more calls, the providers are slow.',
  unit: units.Short,
  queries: [{ expr: 'sum(litellm_in_flight_requests)', legend: 'in progress' }],
  empty: notBefore,
};

export const proxyMemory: Signal = {
  title: 'Memory of LiteLLM',
  description:
    'Resident memory. If it climbs for days, restart the proxy at a quiet time and look for a newer version.',
  unit: units.BytesIEC,
  queries: [{ expr: 'max(process_resident_memory_bytes{service="litellm"})', legend: 'resident' }],
  empty: { because: 'component', text: 'LiteLLM does not report this; with several workers it never does' },
};
