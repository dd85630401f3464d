// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { Refusal } from '../http/refusal.ts';

/** Sends requests to Onyx. */
export class OnyxClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Resolves to the answer, whatever its status; throws a Refusal when there is none. */
  async send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    try {
      return await fetch(this.#url + path, {
        method,
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        signal: signal ?? null,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Refusal(502, 'Onyx does not answer');
    }
  }
}
