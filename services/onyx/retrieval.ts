// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setTimeout } from 'node:timers/promises';
import { rag, ragStages } from '@onyx-metrics/otel';
import { embed } from './embedding.ts';
import type { DocumentVectors, Hit } from './qdrant.ts';

/** What the reranker stand-in takes for each candidate. A real cross-encoder is as proportional, and burns CPU. */
export const rerankSecondsPerCandidate = 0.008;

export interface Retrieval {
  readonly message: string;
  readonly limit: number;
  /** Lowest similarity accepted, 0 to 1. */
  readonly threshold: number | undefined;
  readonly signal: AbortSignal;
}

/** Finds the documents for a message: embed, search, rerank. Best first. */
export function retrieve(vectors: DocumentVectors, { message, limit, threshold, signal }: Retrieval): Promise<Hit[]> {
  const find = async () => {
    const vector = await ragStages.measure({ stage: 'embed' }, () => embed(message));
    const hits = await ragStages.measure({ stage: 'retrieve' }, () =>
      vectors.nearest(vector, { limit, threshold, signal }),
    );
    ragStages.found(hits.map(({ score }) => score));
    return ragStages.measure({ stage: 'rerank' }, () => rerank(hits, signal));
  };
  return rag.measure({ similarityThreshold: threshold }, find, (hits) => hits.length);
}

/** A stand-in for a reranker: it takes its time and keeps the order. */
async function rerank(hits: Hit[], signal: AbortSignal): Promise<Hit[]> {
  if (hits.length > 0) await setTimeout(hits.length * rerankSecondsPerCandidate * 1000, undefined, { signal });
  return hits;
}
