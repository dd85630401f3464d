// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';
import { readEvents } from '../http/event-stream.ts';
import { Refusal } from '../http/refusal.ts';
import type { Hit } from './qdrant.ts';

export interface LiteLlmSettings {
  readonly url: string;
  readonly key: string;
}

export interface Prompt {
  readonly model: string;
  readonly message: string;
  readonly hits: readonly Hit[];
  readonly signal: AbortSignal;
}

/** The longest a model may take to answer, the whole stream included, in milliseconds. */
const patience = 60_000;
const answer = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]).rest(z.unknown()),
});
const chunk = z.object({
  choices: z.tuple([z.object({ delta: z.object({ content: z.string().nullish() }) })]).rest(z.unknown()),
});

/** Asks models through the LiteLLM proxy. */
export class Completions {
  readonly #settings: LiteLlmSettings;

  constructor(settings: LiteLlmSettings) {
    this.#settings = settings;
  }

  /** The whole answer. Throws a Refusal when the model fails. */
  async answer(prompt: Prompt): Promise<string> {
    const response = await this.#ask(prompt, false);
    return answer.parse(await response.json()).choices[0].message.content;
  }

  /** The pieces of the answer as they come. Throws a Refusal when the model fails. */
  async *stream(prompt: Prompt): AsyncGenerator<string, void> {
    for await (const { data } of readEvents(await this.#ask(prompt, true))) {
      if (data === '[DONE]') return;
      const text = chunk.parse(JSON.parse(data)).choices[0].delta.content;
      if (text) yield text;
    }
  }

  async #ask({ model, message, hits, signal }: Prompt, stream: boolean): Promise<Response> {
    const documents = `Answer from documents ${hits.map(({ id }) => id).join(', ')}.`;
    const response = await fetch(`${this.#settings.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#settings.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        stream,
        messages: [
          { role: 'system', content: documents },
          { role: 'user', content: message },
        ],
      }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    if (response.ok) return response;
    await response.body?.cancel();
    throw new Refusal(502, `model: ${model} failed with status ${response.status}`);
  }
}
