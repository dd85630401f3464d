// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { ragPerformance } from '../boards/rag-performance.ts';
import { percent, seconds } from '../figures.ts';
import * as retrieval from '../signals/retrieval.ts';
import * as limits from '../thresholds.ts';
import { type Alert, asked } from './alert.ts';

const retrieved = 'sum(rate(onyx_rag_retrieval_duration_seconds_count[10m]))';

/** Whether documents are found, and soon. */
export const retrievalAlerts: readonly Alert[] = [
  {
    name: 'RetrievalSlow',
    expr: `${asked(retrieval.retrievalLatency, '10m')} > ${limits.retrievalLatency.critical} and ${retrieved} > ${limits.minimumCalls}`,
    for: '10m',
    severity: 'warning',
    needs: ['onyx', 'qdrant'],
    over: '11m',
    summary: 'Retrieval is slow.',
    description: 'The p95 of retrievals is {{ $value | humanizeDuration }} or more.',
    when: `the p95 of retrievals is above ${seconds(limits.retrievalLatency.critical)}`,
    users: 'Answers begin later.',
    panel: [ragPerformance, retrieval.retrievalLatency],
  },
  {
    name: 'RetrievalEmpty',
    expr: `${asked(retrieval.emptyRetrievals, '15m')} > ${limits.emptyRetrievals.critical} and ${retrieved} > ${limits.minimumCalls}`,
    for: '15m',
    severity: 'warning',
    needs: ['onyx', 'qdrant'],
    over: '16m',
    summary: 'Most retrievals find nothing.',
    description: '{{ $value | humanizePercentage }} of the retrievals of 15 minutes had no result.',
    when: `more than ${percent(limits.emptyRetrievals.critical)} of the retrievals find nothing`,
    users: 'Answers do not use their documents.',
    panel: [ragPerformance, retrieval.emptyRetrievals],
  },
];
