// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { mean, rate, select, share } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Signal, scoped } from './signal.ts';

/* What a known question about a known document brings back, asked all the time by no user. */

const empty = { because: 'component', text: 'No canary asks: see docs/guides/canary.md', brief: 'No canary' } as const;
const questions = 'onyx_canary_questions_total';
const seconds = 'onyx_canary_stage_duration_seconds';
const right = select(questions, 'result="right"');

export const canaryRight: Signal = {
  title: 'Canary',
  description:
    'Share of the known questions of the last $window with the right document and the right answer. If it falls, see what comes back, and trust no other panel of retrieval.',
  unit: units.PercentUnit,
  ...scoped('', ({ over }) => [{ expr: share(rate(right, [], over), rate(questions, [], over)), legend: 'right' }]),
  empty,
  threshold: limits.canaryRight,
};

export const canaryResults: Signal = {
  title: 'What comes back to the canary',
  description:
    'Questions each second in the last $window, by result. A wrong document points at the vectors, a wrong answer at the model, a failure at a service.',
  unit: units.RequestsPerSecond,
  queries: [{ expr: rate(questions, ['result']), legend: '{{result}}' }],
  empty,
};

export const canaryStages: Signal = {
  title: 'Seconds of the canary, by stage',
  description:
    'Mean time of each stage of its whole answers in the last $window. The rest is the way there and back, and what Suna does.',
  unit: units.Seconds,
  queries: [
    { expr: mean(rate(`${seconds}_sum`, ['stage']), rate(`${seconds}_count`, ['stage'])), legend: '{{stage}}' },
  ],
  empty,
};

/** Questions of five minutes: none, or nothing, of one that is silent. */
export const canaryAsked = `sum(increase(${questions}[5m]))`;
