// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { genAi, type ModelUsage } from '@onyx-metrics/otel';
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

const provider = 'litellm';

/** The longest a model may take to answer, the whole stream included, in milliseconds. */
const patience = 60_000;
const usage = z
  .object({ prompt_tokens: z.number(), completion_tokens: z.number(), cost: z.number().nullish() })
  .nullish();
const answer = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]).rest(z.unknown()),
  usage,
});
// The last chunk has no choice but the usage.
const chunk = z.object({ choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })), usage });

/** Asks models through the LiteLLM proxy. */
export class Completions {
  readonly #settings: LiteLlmSettings;

  constructor(settings: LiteLlmSettings) {
    this.#settings = settings;
  }

  /** The whole answer. Throws a Refusal when the model fails. */
  async answer(prompt: Prompt): Promise<string> {
    const ask = async () => {
      const response = await this.#ask(prompt, false);
      const { choices, usage } = answer.parse(await response.json());
      return { text: choices[0].message.content, usage: usageFrom(usage, response) };
    };
    const { text } = await genAi.measure({ provider, model: prompt.model }, ask, ({ usage }) => usage);
    return text;
  }

  /** The pieces of the answer as they come. Throws a Refusal when the model fails. */
  async *stream(prompt: Prompt): AsyncGenerator<string, void> {
    const call = genAi.start({ provider, model: prompt.model });
    try {
      const response = await this.#ask(prompt, true);
      let used: z.output<typeof usage>;
      for await (const { data } of readEvents(response)) {
        // To the end of the body: a call that is left before counts as aborted.
        if (data === '[DONE]') continue;
        const { choices, usage } = chunk.parse(JSON.parse(data));
        used = usage ?? used;
        const text = choices[0]?.delta.content;
        if (!text) continue;
        call.firstChunk();
        yield text;
      }
      call.end({ usage: usageFrom(used, response) });
    } catch (error) {
      call.end({ error });
      throw error;
    } finally {
      // Only a reader that stopped reading gets here without an end.
      call.end({ error: 'abandoned' });
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
        ...(stream && { stream_options: { include_usage: true } }),
        messages: [
          { role: 'system', content: documents },
          { role: 'user', content: message },
        ],
      }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    if (response.ok) return response;
    await response.arrayBuffer();
    throw new Refusal(502, `model: ${model} failed with status ${response.status}`);
  }
}

/** What the proxy said of a call: of the cost in a header of a whole answer, and in the usage of a stream. */
function usageFrom(tokens: z.output<typeof usage>, { headers }: Response): ModelUsage {
  const header = headers.get('x-litellm-response-cost');
  return {
    inputTokens: tokens?.prompt_tokens,
    outputTokens: tokens?.completion_tokens,
    cost: header === null ? (tokens?.cost ?? undefined) : Number(header),
  };
}
