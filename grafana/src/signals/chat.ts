// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { quantile, rate, share } from '../promql.ts';
import type { Signal } from './signal.ts';

const empty = 'Nobody chatted in this time';

export const chatRate: Signal = {
  title: 'Chats',
  description: 'Chats that ended, by model. A sudden zero with users present points at Suna or at the way to it.',
  unit: units.RequestsPerSecond,
  expr: rate('onyx_chat_duration_seconds_count', ['model']),
  legend: '{{model}}',
  empty,
};

export const chatFailures: Signal = {
  title: 'Failed chats',
  description: 'Share of the chats that ended without an answer, by model. One model alone points at its provider.',
  unit: units.PercentUnit,
  expr: share('onyx_chat_duration_seconds_count', ['model'], 'success="false"'),
  legend: '{{model}}',
  empty,
};

export const chatLatency: Signal = {
  title: 'Chat duration, p95',
  description:
    'Nineteen of twenty chats ended within this time, by model. At 5 s the scale of the buckets ends: it is 5 s or longer.',
  unit: units.Seconds,
  expr: quantile(0.95, 'onyx_chat_duration_seconds', ['model']),
  legend: '{{model}}',
  empty,
};
