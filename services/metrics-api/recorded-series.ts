// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { credentials } from '../prometheus/http-endpoint.ts';
import { asker, instant } from '../prometheus/prometheus.ts';

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

/**
 * The recorded series of these names, all in one query: whatever asks for health and summary, and however often, costs
 * Prometheus one look-up of a few dozen series per cache time.
 */
export class RecordedSeries {
  readonly #query: string;
  readonly #options: RecordedSeriesOptions;
  #last: { readonly samples: Promise<readonly Sample[]>; readonly expires: number } | undefined;

  constructor(names: readonly string[], options: RecordedSeriesOptions) {
    this.#query = `{__name__=~"${names.join('|')}"}`;
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
    const { url, username: user, password, timeout } = this.#options;
    const limit = AbortSignal.timeout(timeout * 1000);
    try {
      const series = await instant(asker(`${url}/api/v1`, credentials({ user, password }), limit), this.#query);
      return series.map(({ labels: { __name__: name = '', ...labels }, values: [value = Number.NaN] }) => ({
        ...{ name, labels, value },
      }));
    } catch (error) {
      if (limit.aborted) throw new Unanswered(504, `Prometheus did not answer within ${timeout} s`, error);
      throw new Unanswered(503, 'Prometheus cannot be asked', error);
    }
  }
}
