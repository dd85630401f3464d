// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { seconds } from '../figures.ts';
import { first, le, mean, named, percentiles, quantile, rate, share, summed } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Query, type Signal, scoped } from './signal.ts';
import * as traffic from './traffic.ts';

const empty = { because: 'traffic', text: 'Nothing was retrieved in this time', unless: traffic.retrievals } as const;
const scale = catalogue.onyx_rag_retrieval_duration_seconds.boundaries;
const end = Math.max(...scale);
const stageScale = catalogue.onyx_rag_stage_duration_seconds.boundaries;
const stageEnd = Math.max(...stageScale);
const buckets = 'onyx:rag_retrieval_duration_seconds_bucket:rate1m';
const retrievals = (over?: string) => rate('onyx_rag_retrieval_duration_seconds_count', [], over);
/** In the order of the numbers: one digit before two. */
const byVectors = (expr: string) => first('vector_count', '[0-9](-.*)?', named('vector_count', expr));
const byThreshold = (expr: string) => first('similarity_threshold', 'under.*', named('similarity_threshold', expr));
/** Boundaries of the histogram, the limits among them. */
const steps = [0.1, limits.retrievalLatency.warning, limits.retrievalLatency.critical];
const quick = seconds(limits.retrievalLatency.warning);
/** Of the boundaries of its histogram. */
const similar = 0.7;
const within = (boundary: number) => mean(summed(`${buckets}{${le(boundary)}}`), summed(`${buckets}{le="+Inf"}`));

export const retrievalRate: Signal = {
  title: 'Retrievals',
  description:
    'Searches for documents each second in the last $window, one for each chat. If there are fewer than chats, Onyx fails before it searches.',
  unit: units.OpsPerSecond,
  queries: [{ expr: retrievals(), legend: 'retrievals' }],
  empty,
};

export const retrievalLatency: Signal = {
  title: 'Retrieval p95',
  description:
    'Time to embed a question, find its vectors and rank them, p95 of the last $window. If Qdrant is quick, look at the embedding model and the ranking.',
  unit: units.Seconds,
  ...scoped('', ({ over }) => [{ expr: quantile(0.95, summed(buckets, ['le'], over)), legend: 'p95' }]),
  empty,
  threshold: limits.retrievalLatency,
  scale,
};

export const quickRetrievals: Signal = {
  title: `Within ${quick}`,
  description: `Share of the retrievals of the last $window that took no longer than ${quick}. If it falls, see which stage takes the time.`,
  unit: units.PercentUnit,
  queries: [{ expr: within(limits.retrievalLatency.warning), legend: `within ${quick}` }],
  empty,
  threshold: limits.quickRetrievals,
};

export const emptyRetrievals: Signal = {
  title: 'Found nothing',
  description:
    'Share of the retrievals of the last $window without a result. If it rises, documents are missing or the threshold is too high.',
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
  description:
    'Share of the retrievals of the last $window without a result. At a jump see what was deleted, or which threshold was raised.',
};

export const retrievalPercentiles: Signal = {
  title: 'Retrieval duration',
  description: `From the text of a question to its documents, in the last $window, measured up to ${end} s. If it rises, see which stage takes the time.`,
  unit: units.Seconds,
  queries: percentiles(summed(buckets, ['le'])),
  empty,
  scale,
  threshold: limits.retrievalLatency,
};

export const retrievalsWithin: Signal = {
  title: `Share within ${steps.join(', ')} s`,
  description:
    'Share of the retrievals of the last $window that took no longer than each limit. If the lowest line falls first, it is an early warning.',
  unit: units.PercentUnit,
  queries: steps.map((step) => ({ expr: within(step), legend: `within ${step} s` })) as [Query, ...Query[]],
  empty,
  threshold: limits.quickRetrievals,
};

export const latencyByVectors: Signal = {
  title: 'Duration by vectors found, p95',
  description:
    'By how many vectors were found, in the last $window. If it rises steeply, ranking takes the time, so ask for fewer.',
  unit: units.Seconds,
  queries: [
    {
      expr: byVectors(quantile(0.95, summed(buckets, ['le', 'vector_count']))),
      legend: '{{vector_count}}',
    },
  ],
  empty,
  scale,
};

export const latencyByThreshold: Signal = {
  title: 'Duration by lowest similarity, p95',
  description:
    'By the lowest similarity that was accepted, in the last $window. If it is quick but empty, nothing is that similar.',
  unit: units.Seconds,
  queries: [
    {
      expr: byThreshold(quantile(0.95, summed(buckets, ['le', 'similarity_threshold']))),
      legend: '{{similarity_threshold}}',
    },
  ],
  empty,
  scale,
};

export const retrievalsByVectors: Signal = {
  title: 'Retrievals by vectors found',
  description:
    'Retrievals each second in the last $window, by how many vectors were found. If zeros grow, the documents do not answer the questions.',
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
  description: 'Mean time of each stage of an answer, stacked, in the last $window. Make the thickest layer quicker.',
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
  description: `Time of each stage in the last $window, measured up to ${stageEnd} s. Make the slowest quicker; generating is measured on the LLM board.`,
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
    'How many results a retrieval found on average in the last $window. If it falls with the same documents, the questions or the embedding changed.',
  unit: units.Short,
  queries: [{ expr: mean(rate('onyx_rag_results_total'), retrievals()), legend: 'mean' }],
  empty,
};

export const bestSimilarity: Signal = {
  title: 'Similarity of the best result',
  description: `Mean of the best result of each retrieval, and the share above ${similar}, in the last $window. If it falls, the documents answer other questions than are asked.`,
  unit: units.PercentUnit,
  queries: [
    { expr: mean(rate('onyx_rag_best_similarity_sum'), rate('onyx_rag_best_similarity_count')), legend: 'mean' },
    {
      expr: `1 - ${mean(rate(`onyx_rag_best_similarity_bucket{${le(similar)}}`), rate('onyx_rag_best_similarity_count'))}`,
      legend: `above ${similar}`,
    },
  ],
  empty: { because: 'traffic', text: 'No retrieval found anything in this time', unless: traffic.finds },
};
