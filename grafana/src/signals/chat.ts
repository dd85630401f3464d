// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { le, mean, named, orZero, percentiles, quantile, rate, recorded, select, share } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

const empty = {
  because: 'traffic',
  text: 'Nobody chatted in this time',
  brief: 'No chats',
  unless: traffic.chats,
} as const;
const scale = Math.max(...catalogue.onyx_chat_duration_seconds.boundaries);
const buckets = 'onyx:chat_duration_seconds_bucket:rate1m';
const ofModel = 'model=~"$model"';

const within = (boundary: string) => recorded(`${buckets}{${boundary}, ${ofModel}}`, ['model']);
const chats = (where: string, labels: readonly string[] = []) =>
  rate(select('onyx_chat_duration_seconds_count', where), labels);

export const chatRate: Signal = {
  title: 'Chats',
  description: 'Chats that ended, well or not; a sudden zero with users present points at Suna or at the way to it.',
  unit: units.RequestsPerSecond,
  queries: [
    { expr: chats('success="true"'), legend: 'well' },
    { expr: orZero(chats('success="false"'), chats('')), legend: 'failed' },
  ],
  empty,
};

export const chatFailuresNow: Signal = {
  title: 'Failing chats',
  description:
    'Share of the chats of the last five minutes that ended without an answer; above 1 % the error budget of the week does not last.',
  unit: units.PercentUnit,
  queries: [{ expr: share(chats('success="false"'), chats('')), legend: 'failed' }],
  empty,
  threshold: limits.requestErrors,
};

export const chatFailureCourse: Signal = {
  ...chatFailuresNow,
  title: 'Chats that fail',
  description:
    'Share of the chats that ended without an answer; rising: the LLM board says which model, the application board which service.',
};

export const chatFailures: Signal = {
  title: 'Failing chats by model',
  description:
    'Share of the chats that ended without an answer; one model alone points at its provider, all of them at retrieval or the proxy.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: named('model', share(chats(`success="false", ${ofModel}`, ['model']), chats(ofModel, ['model']))),
      legend: '{{model}}',
    },
  ],
  empty,
};

export const chatLatencyNow: Signal = {
  title: 'Chat p95',
  description:
    'Nineteen of twenty chats of the last minutes ended within this time; above 5 s the scale ends: look at the calls of models on the LLM board.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, recorded(buckets, ['le'])), legend: 'p95' }],
  empty,
  threshold: limits.chatLatency,
  scale,
};

export const chatPercentiles: Signal = {
  title: 'Chat duration',
  description:
    'From the request to the end of the answer; a distance between p50 and p99 that grows means that some wait: compare the models.',
  unit: units.Seconds,
  queries: percentiles(recorded(buckets, ['le'])),
  empty,
  scale,
};

export const modelChatRate: Signal = {
  title: 'Chats by model',
  description: 'Chats users had with each model; a model nobody uses any more may be missing from the proxy.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: named('model', chats(ofModel, ['model'])), legend: '{{model}}' }],
  empty,
};

export const modelChatLatency: Signal = {
  title: 'Chat duration by model, p95',
  description:
    'What users wait for, retrieval included; longer than the call of the model: the rest is spent in retrieval or in Suna.',
  unit: units.Seconds,
  queries: [
    { expr: named('model', quantile(0.95, recorded(`${buckets}{${ofModel}}`, ['le', 'model']))), legend: '{{model}}' },
  ],
  empty,
  scale,
  threshold: limits.chatLatency,
};

export const chatsAboveScale: Signal = {
  title: `Chats over ${scale} s by model`,
  description:
    'Share of the chats that lasted longer than the scale of their histogram, of which no quantile can tell more; many: see the duration of calls.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: named('model', `1 - ${mean(within(le(scale)), within('le="+Inf"'))}`),
      legend: '{{model}}',
    },
  ],
  empty,
  threshold: limits.chatsAboveScale,
};
