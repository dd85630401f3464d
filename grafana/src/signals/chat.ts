// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { percent } from '../figures.ts';
import { le, mean, named, orZero, percentiles, quantile, rate, select, share, summed } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

const empty = {
  because: 'traffic',
  text: 'No chats in this time',
  brief: 'No chats',
  unless: traffic.chats,
} as const;
const scale = catalogue.onyx_chat_duration_seconds.boundaries;
const end = Math.max(...scale);
const buckets = 'onyx:chat_duration_seconds_bucket:rate1m';
const ofModel = 'model=~"$model"';

const within = (boundary: string) => summed(`${buckets}{${boundary}, ${ofModel}}`, ['model']);
const chats = (where: string, labels: readonly string[] = []) =>
  rate(select('onyx_chat_duration_seconds_count', where), labels);

export const chatRate: Signal = {
  title: 'Chats',
  description:
    'Chats each second that ended in the last $window. If it drops to zero while people are there, look at Suna and at the way to it.',
  unit: units.RequestsPerSecond,
  queries: [
    { expr: chats('success="true"'), legend: 'well' },
    { expr: orZero(chats('success="false"'), chats('')), legend: 'failed' },
  ],
  empty,
};

export const chatFailuresNow: Signal = {
  title: 'Failing chats',
  description: `Share of the chats of the last $window that ended without an answer. Above ${percent(limits.requestErrors.warning)} find the model on the LLM board, or the service on the application board.`,
  unit: units.PercentUnit,
  queries: [{ expr: share(chats('success="false"'), chats('')), legend: 'failed' }],
  empty,
  threshold: limits.requestErrors,
};

export const chatFailureCourse: Signal = {
  ...chatFailuresNow,
  title: 'Chats that fail',
  description:
    'Share of the chats of the last $window that ended without an answer. If it rises, find the model on the LLM board, or the service on the application board.',
};

export const chatFailures: Signal = {
  title: 'Failing chats by model',
  description:
    'Share of the chats of the last $window that ended without an answer. One model alone points at its provider, all of them at retrieval or the proxy.',
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
  description: `The p95 of chats in the last $window, measured up to ${end} s. If it is high, look at the calls of models on the LLM board.`,
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, summed(buckets, ['le'])), legend: 'p95' }],
  empty,
  threshold: limits.chatLatency,
  scale,
};

export const chatPercentiles: Signal = {
  title: 'Chat duration',
  description:
    'From the request to the end of the answer, in the last $window. If p99 moves away from p50, some users wait, so compare the models.',
  unit: units.Seconds,
  queries: percentiles(summed(buckets, ['le'])),
  empty,
  scale,
  threshold: limits.chatLatency,
};

export const modelChatRate: Signal = {
  title: 'Chats by model',
  description:
    'Chats each second with each model, in the last $window. If one ends, check that the proxy still has that model.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: named('model', chats(ofModel, ['model'])), legend: '{{model}}' }],
  empty,
};

export const modelChatLatency: Signal = {
  title: 'Chat duration by model, p95',
  description:
    'Time that users wait, retrieval included, in the last $window. If it is longer than the call of the model, look at retrieval and at Suna.',
  unit: units.Seconds,
  queries: [
    { expr: named('model', quantile(0.95, summed(`${buckets}{${ofModel}}`, ['le', 'model']))), legend: '{{model}}' },
  ],
  empty,
  scale,
  threshold: limits.chatLatency,
};

/** Where the metric is full, or the user is not known. */
const ofUser = (expr: string) => named('user_id', expr, '(all others)');

export const userChats: Signal = {
  title: 'Chats by user',
  description:
    'Chats of each user in the last $window, by pseudonym. If one has most of them, it is a program: ask whose.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: ofUser(chats('', ['user_id'])), legend: '{{user_id}}' }],
  empty,
};

export const userFailures: Signal = {
  title: 'Failing chats by user',
  description:
    'Share of the chats of each user in the last $window that ended without an answer. If one is alone, see what this user asks for.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: ofUser(share(chats('success="false"', ['user_id']), chats('', ['user_id']))),
      legend: '{{user_id}}',
    },
  ],
  empty,
  threshold: limits.requestErrors,
};

export const userLatency: Signal = {
  title: 'Chat duration by user, p95',
  description:
    'The p95 of the chats of each user in the last $window. If one is alone, see which model this user chose.',
  unit: units.Seconds,
  queries: [
    {
      expr: ofUser(quantile(0.95, rate('onyx_chat_duration_seconds_bucket', ['le', 'user_id']))),
      legend: '{{user_id}}',
    },
  ],
  empty,
  scale,
  threshold: limits.chatLatency,
};

export const chatsAboveScale: Signal = {
  title: `Chats over ${end} s by model`,
  description: `Share of the chats of the last $window that took longer than ${end} s, where the histogram ends. If it rises, see the duration of calls.`,
  unit: units.PercentUnit,
  queries: [
    {
      expr: named('model', `1 - ${mean(within(le(end)), within('le="+Inf"'))}`),
      legend: '{{model}}',
    },
  ],
  empty,
  threshold: limits.chatsAboveScale,
};
