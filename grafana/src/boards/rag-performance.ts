// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { stacked, stat, timeseries } from '../panels.ts';
import * as canary from '../signals/canary.ts';
import * as dependencies from '../signals/dependencies.ts';
import * as qdrant from '../signals/qdrant.ts';
import * as retrieval from '../signals/retrieval.ts';
import { applicationPerformance } from './application-performance.ts';

export const ragPerformance: Board = {
  uid: 'rag-performance',
  title: 'RAG Performance',
  description: 'Are documents found, quickly, and the right ones? From the question to the vectors, stage by stage.',
  elsewhere: {
    title: 'What Onyx depends on',
    board: applicationPerformance,
    signal: dependencies.callLatency,
    service: 'onyx',
  },
  rows: [
    {
      title: 'Are documents found, and quickly?',
      height: 4,
      panels: [
        { width: 5, panel: stat(retrieval.retrievalRate, retrieval.retrievalsByVectors) },
        { width: 5, panel: stat(retrieval.retrievalLatency, retrieval.stageLatency) },
        { width: 5, panel: stat(retrieval.quickRetrievals, retrieval.retrievalsWithin) },
        { width: 5, panel: stat(retrieval.emptyRetrievals, retrieval.bestSimilarity) },
        { width: 4, panel: stat(qdrant.searchLatency, qdrant.searchPercentiles) },
      ],
    },
    {
      title: 'Duration',
      height: 8,
      panels: [
        { width: 12, panel: timeseries(retrieval.retrievalPercentiles) },
        { width: 12, panel: timeseries(retrieval.retrievalsWithin) },
      ],
    },
    {
      title: 'Stages',
      height: 8,
      panels: [
        { width: 12, panel: stacked(retrieval.stageMeans, 'right') },
        { width: 12, panel: timeseries(retrieval.stageLatency, 'right') },
      ],
    },
    {
      title: 'What it depends on',
      height: 8,
      panels: [
        { width: 8, panel: timeseries(retrieval.latencyByVectors) },
        { width: 8, panel: timeseries(retrieval.latencyByThreshold) },
        { width: 8, panel: stacked(retrieval.retrievalsByVectors) },
      ],
    },
    {
      title: 'What is found',
      height: 8,
      panels: [
        { width: 8, panel: timeseries(retrieval.emptyCourse) },
        { width: 8, panel: timeseries(retrieval.resultsFound) },
        { width: 8, panel: timeseries(retrieval.bestSimilarity) },
      ],
    },
    {
      title: 'Qdrant',
      height: 8,
      panels: [
        { width: 6, panel: timeseries(qdrant.searchPercentiles) },
        { width: 9, panel: timeseries(qdrant.searches) },
        { width: 9, panel: timeseries(qdrant.points) },
      ],
    },
    {
      title: 'A known question',
      height: 7,
      panels: [
        { width: 4, panel: stat(canary.canaryRight, canary.canaryResults) },
        { width: 10, panel: stacked(canary.canaryResults) },
        { width: 10, panel: stacked(canary.canaryStages) },
      ],
    },
  ],
};
