// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Prometheus cannot be asked: 503 when it is away or refuses, 504 when it does not answer in time. */
export class Unanswered extends Error {
  readonly status: 503 | 504;

  constructor(status: 503 | 504, message: string, cause: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

export interface RecordedSeriesOptions {
  /** Prometheus, such as `http://127.0.0.1:9090`. */
  readonly url: string;
  /** For basic auth; left out, none is sent. */
  readonly username?: string;
  readonly password?: string;
  /** Seconds that an answer is kept. */
  readonly cache: number;
  /** Seconds that Prometheus may take. */
  readonly timeout: number;
}

const answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.looseObject({ __name__: z.string() }).catchall(z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

/**
 * The recorded series of these names, all in one query: whatever asks for health and summary, and however often, costs
 * Prometheus one look-up of a few dozen series per cache time.
 */
export class RecordedSeries {
  readonly #request: Request;
  readonly #options: RecordedSeriesOptions;
  #last: { readonly samples: Promise<readonly Sample[]>; readonly expires: number } | undefined;

  constructor(names: readonly string[], options: RecordedSeriesOptions) {
    const query = `{__name__=~"${names.join('|')}"}`;
    const { username, password } = options;
    const headers = new Headers();
    if (username !== undefined && password !== undefined) {
      headers.set('authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    }
    this.#request = new Request(`${options.url}/api/v1/query?${new URLSearchParams({ query })}`, { headers });
    this.#options = options;
  }

  /** Rejects with `Unanswered`. Callers at the same time share one question; a failure is not kept. */
  read(): Promise<readonly Sample[]> {
    const now = performance.now();
    if (this.#last !== undefined && now < this.#last.expires) return this.#last.samples;
    const samples = this.#ask();
    const last = { samples, expires: now + this.#options.cache * 1000 };
    this.#last = last;
    samples.catch(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return samples;
  }

  async #ask(): Promise<readonly Sample[]> {
    try {
      const response = await fetch(this.#request, { signal: AbortSignal.timeout(this.#options.timeout * 1000) });
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      const { data } = answer.parse(await response.json());
      return data.result.map(({ metric: { __name__: name, ...labels }, value: [, value] }) => ({
        ...{ name, labels },
        value: Number(value),
      }));
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') {
        throw new Unanswered(504, `Prometheus did not answer within ${this.#options.timeout} s`, error);
      }
      throw new Unanswered(503, 'Prometheus cannot be asked', error);
    }
  }
}
