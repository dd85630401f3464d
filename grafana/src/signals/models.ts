// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { mean, named, quantile, rate, select, share, summed, window } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Scope, type Signal, scoped } from './signal.ts';
import * as traffic from './traffic.ts';

/* Calls of models as Onyx, who makes them, sees them: by the GenAI conventions. */

const empty = { because: 'traffic', text: 'No model was called in this time', unless: traffic.calls } as const;
const model = 'gen_ai_request_model';
const chosen = `${model}=~"$model"`;
const legend = `{{${model}}}`;
const ofModel = (expr: string) => named(model, expr);
const scale = Math.max(...catalogue['gen_ai.client.operation.duration'].boundaries);
const chunkScale = Math.max(...catalogue['gen_ai.client.operation.time_to_first_chunk'].boundaries);

const onBoard: Scope = { over: window, chosen };
const calls = (labels: readonly string[] = [], where = '') =>
  rate(select('gen_ai_client_operation_duration_seconds_count', chosen, where), labels);
const summedCalls = (labels: readonly string[] = [], where = '', { over, chosen } = onBoard) =>
  summed(select('onyx:gen_ai_calls:rate1m', chosen, where), labels, over);
const duration = (labels: readonly string[], { over, chosen } = onBoard) =>
  rate(select('gen_ai_client_operation_duration_seconds_bucket', chosen), labels, over);
const firstChunk = (labels: readonly string[]) =>
  rate(`gen_ai_client_operation_time_to_first_chunk_seconds_bucket{${chosen}}`, labels);
const failed = 'error_type!=""';
const cost = rate('onyx_gen_ai_cost_usd_total');

export const callRateNow: Signal = {
  title: 'Calls',
  description:
    'Calls each second that Onyx makes through the proxy; zero while people chat: every retrieval is empty, or Onyx fails earlier.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: calls(), legend: 'calls' }],
  empty,
};

export const callSuccessNow: Signal = {
  title: 'Call success',
  description:
    'Share of the calls of models that ended without an error; below the limit the panel by model says whose.',
  unit: units.PercentUnit,
  queries: [{ expr: `1 - ${share(summedCalls([], failed), summedCalls())}`, legend: 'succeeded' }],
  empty,
  threshold: limits.modelSuccess,
};

export const callLatencyNow: Signal = {
  title: 'Call p95',
  description:
    'Nineteen of twenty calls ended within this time, to the last piece of the answer; at 10 s the scale ends.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, duration(['le'])), legend: 'p95' }],
  empty,
  threshold: limits.modelLatency,
  scale,
};

export const firstChunkNow: Signal = {
  title: 'First piece, p95',
  description: 'Time until a streamed answer begins, for nineteen of twenty; this is what feels slow or quick.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, firstChunk(['le'])), legend: 'p95' }],
  empty: { because: 'traffic', text: 'No answer was streamed in this time', unless: traffic.streams },
  threshold: limits.firstChunk,
  scale: chunkScale,
};

export const callRate: Signal = {
  title: 'Calls by model',
  description:
    "Calls each second; a model that takes over another one's calls is a fallback at work, or a change of habit.",
  unit: units.RequestsPerSecond,
  queries: [{ expr: ofModel(calls([model])), legend }],
  empty,
};

export const callSuccess: Signal = {
  title: 'Call success by model',
  description:
    'Share of the calls that ended without an error; one model alone: its provider; all: the proxy or the way to it.',
  unit: units.PercentUnit,
  ...scoped(chosen, (scope) => [
    { expr: ofModel(`1 - ${share(summedCalls([model], failed, scope), summedCalls([model], '', scope))}`), legend },
  ]),
  empty,
};

export const callErrors: Signal = {
  title: 'Failed calls by error',
  description:
    "Calls each second that ended with each error; 429: the provider's limit; 401: the key; 5xx: the provider or the proxy.",
  unit: units.RequestsPerSecond,
  queries: [{ expr: calls(['error_type'], failed), legend: '{{error_type}}' }],
  empty: { because: 'failure', text: 'No call failed in this time' },
};

export const callLatency: Signal = {
  title: 'Call duration by model, p95',
  description: 'To the last piece of the answer; its scale goes further than that of chats, so tails are read here.',
  unit: units.Seconds,
  ...scoped(chosen, (scope) => [{ expr: ofModel(quantile(0.95, duration(['le', model], scope))), legend }]),
  empty,
  threshold: limits.modelLatency,
  scale,
};

export const firstChunkLatency: Signal = {
  title: 'First piece by model, p95',
  description: 'Time until a streamed answer begins; long with a short call: the provider does not stream.',
  unit: units.Seconds,
  queries: [{ expr: ofModel(quantile(0.95, firstChunk(['le', model]))), legend }],
  empty: { because: 'traffic', text: 'No answer was streamed in this time', unless: traffic.streams },
  threshold: limits.firstChunk,
  scale: chunkScale,
};

export const knownSpend: Signal = {
  title: 'Spend an hour',
  description: 'US dollars an hour of the calls whose price the proxy told; empty is unknown, which is not zero.',
  unit: units.Dollars,
  queries: [
    {
      // A zero is one only where most prices are known.
      expr: `3600 * ${cost} and on () (${cost} > 0 or ${rate('onyx_gen_ai_unknown_total{quantity="cost"}')} < 0.5 * ${rate('gen_ai_client_operation_duration_seconds_count{error_type=""}')})`,
      legend: 'known',
    },
  ],
  empty: {
    because: 'component',
    text: 'The proxy told no price of any call, so the spend is unknown',
    brief: 'Unknown',
  },
  threshold: limits.spend,
};

export const spendCourse: Signal = {
  ...knownSpend,
  title: 'Spend an hour, known',
  description: 'US dollars an hour of the calls whose price the proxy told; a gap is unknown, which is not zero.',
};

export const unknownSpend: Signal = {
  title: 'Unknown price',
  description:
    'Share of the answered calls that no spend is known of; above zero the spend beside it is a lower bound: tell LiteLLM the prices.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: `clamp_max(${mean(rate('onyx_gen_ai_unknown_total{quantity="cost"}'), rate('gen_ai_client_operation_duration_seconds_count{error_type=""}'))}, 1)`,
      legend: 'unknown',
    },
  ],
  empty,
};

export const unknownQuantities: Signal = {
  title: 'Calls with something unknown',
  description:
    'Answered calls each second whose tokens or price nobody told; they are missing from the panels beside this, not zero in them.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: rate('onyx_gen_ai_unknown_total', ['quantity']), legend: '{{quantity}}' }],
  empty: { because: 'fault', text: 'Onyx does not report' },
};
