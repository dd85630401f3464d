// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { catalogue } from '../catalogue/catalogue.ts';
import { genAi as names } from '../catalogue/gen-ai-names.ts';
import { errorType } from './error-type.ts';
import { counter, histogram, isPossible, type LabelsOf, observed, quietly, secondsSince } from './instruments.ts';

/** Recorders for calls of models, by the GenAI conventions. They never throw, whatever they are given. */

type Labels = (typeof catalogue)[typeof names.duration]['labels'];

/** Who is asked what. */
export interface ModelCall {
  /** Name of the model that was asked for. */
  readonly model: string;
  /** Who was asked. */
  readonly provider: Labels[typeof names.provider]['values'][number];
  /** `chat` unless told otherwise. */
  readonly operation?: Labels[typeof names.operation]['values'][number];
}

/** What a call used, as the provider said. What it did not say is left out and counted as unknown: it is not 0. */
export interface ModelUsage {
  /** Tokens of the question, from 0. */
  readonly inputTokens?: number | null | undefined;
  /** Tokens of the answer, from 0. */
  readonly outputTokens?: number | null | undefined;
  /** US dollars, from 0. */
  readonly cost?: number | null | undefined;
}

/** How a call ended. */
export interface ModelCallEnd {
  /** Why there is no answer; leave it out for a call that was answered. Its code, status or class becomes `error.type`. */
  readonly error?: unknown;
  /** What the call used; of an answered call without it, everything is unknown. */
  readonly usage?: ModelUsage | undefined;
}

/** A call whose clock runs. No method throws. */
export interface RunningModelCall {
  /** Records the time to the first piece of a streamed answer, the first time it is called. */
  firstChunk(): void;
  /** Records the call, the first time it is called. */
  end(end?: ModelCallEnd): void;
}

const recordDuration = histogram(names.duration);
const recordFirstChunk = histogram(names.timeToFirstChunk);
const recordTokens = histogram(names.tokens);
const countCost = counter('onyx_gen_ai_cost_usd_total');
const countUnknown = counter('onyx_gen_ai_unknown_total');

/**
 * `gen_ai.client.*`: calls of models, in seconds and tokens.
 * https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
 */
export const genAi = {
  /** Starts the clock of a call whose end is not a promise, such as a streamed answer. */
  start(call: ModelCall): RunningModelCall {
    const start = performance.now();
    const labels = quietly(names.duration, () => ({
      [names.operation]: call.operation ?? 'chat',
      [names.provider]: call.provider,
      [names.model]: call.model,
    }));
    let started = labels === undefined;
    let ended = labels === undefined;
    return {
      firstChunk() {
        if (started || ended) return;
        started = true;
        recordFirstChunk(secondsSince(start), { ...labels });
      },
      end(end = {}) {
        if (ended) return;
        ended = true;
        quietly(names.duration, () => {
          const { error, usage } = end;
          recordDuration(secondsSince(start), {
            ...labels,
            ...(error !== undefined && { 'error.type': errorType(error) }),
          });
          if (error === undefined || usage !== undefined) recordUsage(usage ?? {}, { ...labels });
        });
      },
    };
  },

  /** Runs `ask` and records it with the usage that `usage` finds in its result; a rejection is passed on unchanged. */
  measure<T>(call: ModelCall, ask: () => Promise<T>, usage?: (result: T) => ModelUsage): Promise<T> {
    const running = genAi.start(call);
    return observed(names.duration, ask, (outcome) => {
      if (outcome.success) running.end({ usage: quietly(names.tokens, () => usage?.(outcome.result)) });
      else running.end({ error: outcome.error ?? 'unknown' });
    });
  },
};

function recordUsage({ inputTokens, outputTokens, cost }: ModelUsage, labels: LabelsOf<typeof names.duration>): void {
  const known = (quantity: string, value: unknown): value is number => {
    const isKnown = isPossible(value, '');
    if (!isKnown) countUnknown(1, { quantity });
    return isKnown;
  };
  if (known('input_tokens', inputTokens)) recordTokens(inputTokens, { ...labels, [names.tokenType]: 'input' });
  if (known('output_tokens', outputTokens)) recordTokens(outputTokens, { ...labels, [names.tokenType]: 'output' });
  if (known('cost', cost)) countCost(cost, {});
}
