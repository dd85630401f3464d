// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { ragStages } from '@onyx-metrics/otel';
import type { Completions, Prompt } from './completion.ts';
import type { DocumentVectors, Hit } from './qdrant.ts';
import type { ChatEnd, ChatRequest } from './requests.ts';
import { retrieve } from './retrieval.ts';
import type { Store } from './store.ts';

const nothingFound = 'No document is similar enough to answer from.';
const sourcesNamed = 3;

export type AnswerPiece = { readonly text: string } | ChatEnd;

/** Answers chats from documents. */
export class Chats {
  readonly #vectors: DocumentVectors;
  readonly #completions: Completions;
  readonly #store: Store;

  constructor(vectors: DocumentVectors, completions: Completions, store: Store) {
    this.#vectors = vectors;
    this.#completions = completions;
    this.#store = store;
  }

  /**
   * Yields the pieces of the answer, one when it is not streamed, then where it came from. Without a document no model
   * is asked. Every chat becomes a row in the store, abandoned and failed ones too. Throws a Refusal when the model fails.
   */
  async *answer(request: ChatRequest, signal: AbortSignal): AsyncGenerator<AnswerPiece, void> {
    const { message, model, user_id: userId, stream, vector_count: limit, similarity_threshold: threshold } = request;
    const start = performance.now();
    const sinceStart = () => (performance.now() - start) / 1000;
    let hits: readonly Hit[] = [];
    let success = false;
    try {
      hits = await retrieve(this.#vectors, { message, limit, threshold, signal });
      const found = sinceStart();
      if (hits.length === 0) yield { text: nothingFound };
      else yield* this.#generate({ model, message, hits, signal }, stream);
      success = true;
      const seconds = { retrieve: found, generate: sinceStart() - found };
      yield { vector_count: hits.length, sources: hits.slice(0, sourcesNamed), seconds };
    } finally {
      const seconds = sinceStart();
      await this.#store.recordChat({ userId, model, success, vectorCount: hits.length, seconds });
    }
  }

  async *#generate(prompt: Prompt, stream: boolean): AsyncGenerator<AnswerPiece, void> {
    const generating = ragStages.start({ stage: 'generate' });
    try {
      if (stream) for await (const text of this.#completions.stream(prompt)) yield { text };
      else yield { text: await this.#completions.answer(prompt) };
    } finally {
      generating.end();
    }
  }
}
