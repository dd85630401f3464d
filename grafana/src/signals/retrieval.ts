// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { first, le, mean, named, percentiles, quantile, rate, recorded, share } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Signal, scoped } from './signal.ts';
import * as traffic from './traffic.ts';

const empty = { because: 'traffic', text: 'Nothing was retrieved in this time', unless: traffic.retrievals } as const;
const scale = Math.max(...catalogue.onyx_rag_retrieval_duration_seconds.boundaries);
const stageScale = Math.max(...catalogue.onyx_rag_stage_duration_seconds.boundaries);
const buckets = 'onyx:rag_retrieval_duration_seconds_bucket:rate1m';
const retrievals = (over?: string) => rate('onyx_rag_retrieval_duration_seconds_count', [], over);
/** In the order of the numbers: one digit before two. */
const byVectors = (expr: string) => first('vector_count', '[0-9](-.*)?', named('vector_count', expr));
const byThreshold = (expr: string) => first('similarity_threshold', 'under.*', named('similarity_threshold', expr));
const within = (seconds: number) => mean(recorded(`${buckets}{${le(seconds)}}`), recorded(`${buckets}{le="+Inf"}`));

export const retrievalRate: Signal = {
  title: 'Retrievals',
  description:
    'Searches for documents each second, one for each chat; fewer than chats: Onyx fails before it searches.',
  unit: units.OpsPerSecond,
  queries: [{ expr: retrievals(), legend: 'retrievals' }],
  empty,
};

export const retrievalLatency: Signal = {
  title: 'Retrieval p95',
  description:
    'Time to embed a question, find its vectors and rank them, for nineteen of twenty; slow with a quick Qdrant: the embedding model or the ranking.',
  unit: units.Seconds,
  ...scoped('', ({ over }) => [{ expr: quantile(0.95, recorded(buckets, ['le'], over)), legend: 'p95' }]),
  empty,
  threshold: limits.retrievalLatency,
  scale,
};

export const quickRetrievals: Signal = {
  title: 'Within 0.2 s',
  description: 'Share of the retrievals that took no longer than 0.2 s; falling: see which stage takes the time.',
  unit: units.PercentUnit,
  queries: [{ expr: within(0.2), legend: 'within 0.2 s' }],
  empty,
  threshold: limits.quickRetrievals,
};

export const emptyRetrievals: Signal = {
  title: 'Found nothing',
  description:
    'Share of the retrievals without a result: the user gets no answer from documents; rising: documents are missing, or the threshold is too high.',
  unit: units.PercentUnit,
  ...scoped('', ({ over }) => [
    { expr: share(rate('onyx_rag_empty_results_total', [], over), retrievals(over)), legend: 'empty' },
  ]),
  empty,
  threshold: limits.emptyRetrievals,
};

export const emptyCourse: Signal = {
  ...emptyRetrievals,
  title: 'Retrievals that find nothing',
  description: 'Their share over time; a jump: see what was deleted, or which threshold was raised, at that moment.',
};

export const retrievalPercentiles: Signal = {
  title: 'Retrieval duration',
  description: 'From the text of a question to its documents; at 1 s the scale ends: what is drawn there took longer.',
  unit: units.Seconds,
  queries: percentiles(recorded(buckets, ['le'])),
  empty,
  scale,
};

export const retrievalsWithin: Signal = {
  title: 'Share within 0.1, 0.2 and 0.5 s',
  description:
    'Share of the retrievals that took no longer than each limit; the lowest line falling first is the early warning.',
  unit: units.PercentUnit,
  queries: [
    { expr: within(0.1), legend: 'within 0.1 s' },
    { expr: within(0.2), legend: 'within 0.2 s' },
    { expr: within(0.5), legend: 'within 0.5 s' },
  ],
  empty,
};

export const latencyByVectors: Signal = {
  title: 'Duration by vectors found, p95',
  description: 'By how many vectors were found; steep: ranking takes the time, so ask for fewer.',
  unit: units.Seconds,
  queries: [
    {
      expr: byVectors(quantile(0.95, recorded(buckets, ['le', 'vector_count']))),
      legend: '{{vector_count}}',
    },
  ],
  empty,
  scale,
};

export const latencyByThreshold: Signal = {
  title: 'Duration by similarity asked for, p95',
  description: 'By the lowest similarity that was accepted; quick but empty above 0.8: nothing is that similar.',
  unit: units.Seconds,
  queries: [
    {
      expr: byThreshold(quantile(0.95, recorded(buckets, ['le', 'similarity_threshold']))),
      legend: '{{similarity_threshold}}',
    },
  ],
  empty,
  scale,
};

export const retrievalsByVectors: Signal = {
  title: 'Retrievals by vectors found',
  description:
    'Retrievals each second, by how many vectors were found; more zeros: questions the documents do not answer.',
  unit: units.OpsPerSecond,
  queries: [
    {
      expr: byVectors(rate('onyx_rag_retrieval_duration_seconds_count', ['vector_count'])),
      legend: '{{vector_count}}',
    },
  ],
  empty,
};

export const stageMeans: Signal = {
  title: 'Where the time goes',
  description:
    'Mean time of each stage of an answer, one on top of the other; the thickest layer is the one to make quicker.',
  unit: units.Seconds,
  queries: [
    {
      expr: mean(
        rate('onyx_rag_stage_duration_seconds_sum', ['stage']),
        rate('onyx_rag_stage_duration_seconds_count', ['stage']),
      ),
      legend: '{{stage}}',
    },
  ],
  empty,
};

export const stageLatency: Signal = {
  title: 'Stages, p95',
  description:
    'Time of each stage for nineteen of twenty answers; at 0.5 s the scale ends; generating is measured on the LLM board.',
  unit: units.Seconds,
  queries: [
    { expr: quantile(0.95, rate('onyx_rag_stage_duration_seconds_bucket', ['le', 'stage'])), legend: '{{stage}}' },
  ],
  empty,
  scale: stageScale,
};

export const resultsFound: Signal = {
  title: 'Results of a retrieval',
  description:
    'How many results a retrieval finds on average; falling with the same documents: the questions or the embedding changed.',
  unit: units.Short,
  queries: [{ expr: mean(rate('onyx_rag_results_total'), retrievals()), legend: 'mean' }],
  empty,
};

export const bestSimilarity: Signal = {
  title: 'Similarity of the best result',
  description:
    'Mean of the best result of each retrieval, and the share above 0.7; falling: the documents answer other questions than are asked.',
  unit: units.PercentUnit,
  queries: [
    { expr: mean(rate('onyx_rag_best_similarity_sum'), rate('onyx_rag_best_similarity_count')), legend: 'mean' },
    {
      expr: `1 - ${mean(rate('onyx_rag_best_similarity_bucket{le="0.7"}'), rate('onyx_rag_best_similarity_count'))}`,
      legend: 'above 0.7',
    },
  ],
  empty: { because: 'traffic', text: 'No retrieval found anything in this time', unless: traffic.finds },
};
