// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';
import type { Document } from './documents.ts';
import { dimensions, embed } from './embedding.ts';

export interface QdrantSettings {
  readonly url: string;
  readonly apiKey: string;
}

export interface Hit {
  readonly id: number;
  /** Cosine similarity, -1 to 1. */
  readonly score: number;
}

const collection = 'documents';
const batch = 100;
const countResult = z.object({ result: z.object({ count: z.int() }) });
const queryResult = z.object({
  result: z.object({ points: z.array(z.object({ id: z.int(), score: z.number() })) }),
});

/** The collection of document vectors, by Qdrant's REST API: the official client needs a newer Node than we support. */
export class DocumentVectors {
  readonly #settings: QdrantSettings;

  constructor(settings: QdrantSettings) {
    this.#settings = settings;
  }

  /** Makes the collection hold a vector for each document. Does nothing when it does. */
  async seed(documents: readonly Document[]): Promise<void> {
    const exists = 409;
    await this.#request('PUT', '', { vectors: { size: dimensions, distance: 'Cosine' } }, { allow: exists });
    const { result } = countResult.parse(await this.#request('POST', '/points/count', { exact: true }));
    if (result.count < documents.length) await this.write(documents);
  }

  /** Gives each document its vector, in place of the one it has. */
  async write(documents: readonly Document[]): Promise<void> {
    for (let start = 0; start < documents.length; start += batch) {
      const points = documents
        .slice(start, start + batch)
        .map(({ id, title, body }) => ({ id, vector: embed(`${title} ${body}`) }));
      await this.#request('PUT', '/points?wait=true', { points });
    }
  }

  /** The `limit` most similar documents, best first, none below `threshold`. */
  async nearest(
    vector: readonly number[],
    { limit, threshold, signal }: { limit: number; threshold: number | undefined; signal: AbortSignal },
  ): Promise<Hit[]> {
    const body = { query: vector, limit, score_threshold: threshold };
    return queryResult.parse(await this.#request('POST', '/points/query', body, { signal })).result.points;
  }

  async #request(
    method: string,
    path: string,
    body: unknown,
    { signal, allow }: { signal?: AbortSignal; allow?: number } = {},
  ): Promise<unknown> {
    const response = await fetch(`${this.#settings.url}/collections/${collection}${path}`, {
      method,
      headers: { 'api-key': this.#settings.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: signal ?? null,
    });
    const answer = await response.json();
    if (!response.ok && response.status !== allow)
      throw new Error(`Qdrant answered ${response.status} to ${method} ${path}`);
    return answer;
  }
}
