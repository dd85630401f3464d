// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { percent } from '../figures.ts';
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
const scale = catalogue['gen_ai.client.operation.duration'].boundaries;
const end = Math.max(...scale);
const chunkScale = catalogue['gen_ai.client.operation.time_to_first_chunk'].boundaries;

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
    'Calls each second that Onyx made through the proxy in the last $window. At zero while people chat, every retrieval is empty or Onyx fails earlier.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: calls(), legend: 'calls' }],
  empty,
};

export const callSuccessNow: Signal = {
  title: 'Call success',
  description: `Share of the calls of the last $window that ended without an error. Below ${percent(limits.modelSuccess.warning)} the panel by model shows whose fail.`,
  unit: units.PercentUnit,
  queries: [{ expr: `1 - ${share(summedCalls([], failed), summedCalls())}`, legend: 'succeeded' }],
  empty,
  threshold: limits.modelSuccess,
};

export const callLatencyNow: Signal = {
  title: 'Call p95',
  description: `The p95 of calls in the last $window to the last piece of the answer, measured up to ${end} s. If it is high, compare the models below.`,
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, duration(['le'])), legend: 'p95' }],
  empty,
  threshold: limits.modelLatency,
  scale,
};

export const firstChunkNow: Signal = {
  title: 'First piece, p95',
  description:
    'Time until a streamed answer began, p95 of the last $window. Users feel this most, so compare the models below.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, firstChunk(['le'])), legend: 'p95' }],
  empty: { because: 'traffic', text: 'No answer was streamed in this time', unless: traffic.streams },
  threshold: limits.firstChunk,
  scale: chunkScale,
};

export const callRate: Signal = {
  title: 'Calls by model',
  description:
    'Calls each second in the last $window. If a model takes over the calls of another one, a fallback is at work.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: ofModel(calls([model])), legend }],
  empty,
};

export const callSuccess: Signal = {
  title: 'Call success by model',
  description:
    'Share of the calls of the last $window that ended without an error. One model alone points at its provider, all of them at the proxy.',
  unit: units.PercentUnit,
  ...scoped(chosen, (scope) => [
    { expr: ofModel(`1 - ${share(summedCalls([model], failed, scope), summedCalls([model], '', scope))}`), legend },
  ]),
  empty,
  threshold: limits.modelSuccess,
};

export const callFailures: Signal = {
  title: 'Failing calls by model',
  description:
    'Share of the calls of the last $window that ended with an error. One model alone points at its provider, all of them at the proxy.',
  unit: units.PercentUnit,
  queries: [{ expr: ofModel(share(summedCalls([model], failed), summedCalls([model]))), legend }],
  empty,
  threshold: limits.modelFailures,
};

export const callErrors: Signal = {
  title: 'Failed calls by error',
  description:
    'Calls each second that failed in the last $window. A 429 is the limit of the provider, a 401 the key, a 5xx the provider or the proxy.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: calls(['error_type'], failed), legend: '{{error_type}}' }],
  empty: { because: 'failure', text: 'No call failed in this time' },
};

export const callLatency: Signal = {
  title: 'Call duration by model, p95',
  description:
    'To the last piece of the answer, as Onyx waits for it, in the last $window. If one is slow, shorten its prompts or route to another model.',
  unit: units.Seconds,
  ...scoped(chosen, (scope) => [{ expr: ofModel(quantile(0.95, duration(['le', model], scope))), legend }]),
  empty,
  threshold: limits.modelLatency,
  scale,
};

export const firstChunkLatency: Signal = {
  title: 'First piece by model, p95',
  description:
    'Time until a streamed answer began, in the last $window. If it is long and the call is short, the provider does not stream.',
  unit: units.Seconds,
  queries: [{ expr: ofModel(quantile(0.95, firstChunk(['le', model]))), legend }],
  empty: { because: 'traffic', text: 'No answer was streamed in this time', unless: traffic.streams },
  threshold: limits.firstChunk,
  scale: chunkScale,
};

export const knownSpend: Signal = {
  title: 'Spend an hour',
  description:
    'US dollars an hour at the pace of the last $window, of calls with a known price. If it is unknown, give LiteLLM the prices.',
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
  description:
    'US dollars an hour at the pace of the last $window, of calls with a known price. A gap is unknown and not zero, so give LiteLLM the prices.',
};

export const unknownSpend: Signal = {
  title: 'Unknown price',
  description:
    'Share of the answered calls of the last $window without a known price. Above zero the spend is a lower bound, so give LiteLLM the prices.',
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
    'Answered calls each second without a price or tokens, in the last $window; a call may lack several. Other panels leave them out, so give LiteLLM the prices.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: rate('onyx_gen_ai_unknown_total', ['quantity']), legend: '{{quantity}}' }],
  empty: { because: 'fault', text: 'Onyx does not report' },
};
