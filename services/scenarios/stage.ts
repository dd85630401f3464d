// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { healthy } from '../load/mix.ts';
import { trickle } from '../load/trickle.ts';
import { layOutLiteLlm } from '../native/stack/litellm-config.ts';
import type { Stack } from '../native/stack/stack.ts';
import { type Document, documents } from '../onyx/documents.ts';
import { DocumentVectors } from '../onyx/qdrant.ts';
import { flood } from './flood.ts';
import type { Scenario } from './scenarios.ts';

/** A platform on which one scenario after another is played; while none is, people use it as they use a healthy one. */
export class Stage {
  readonly #stack: Stack;
  #now: Scenario | undefined;
  #end: () => Promise<void> = async () => undefined;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  /** Ends what is played and begins the next; resolves when it goes on. */
  async play(scenario?: Scenario): Promise<void> {
    const { processes, urls, dir } = this.#stack;
    const { killed, models, vectorsMixedUp } = this.#now ?? {};
    await this.#end();
    this.#now = scenario;
    if (killed !== undefined) await processes[killed].start();
    if (scenario?.models !== models) {
      await layOutLiteLlm(dir, scenario?.models);
      await processes.litellm.stop();
      await processes.litellm.start();
    }
    if (scenario?.vectorsMixedUp !== vectorsMixedUp) await this.#writeVectors(scenario?.vectorsMixedUp === true);
    if (scenario?.killed !== undefined) await processes[scenario.killed].stop('SIGKILL');
    const ending = new AbortController();
    const { signal } = ending;
    const going = Promise.all([
      trickle({ sunaUrl: urls.suna, signal, mix: { ...healthy, ...scenario?.mix } }),
      scenario?.flood && flood(urls.otlp, scenario.flood, signal),
    ]);
    this.#end = async () => {
      ending.abort();
      await going;
    };
  }

  async #writeVectors(mixedUp: boolean): Promise<void> {
    const { urls, secretsDir } = this.#stack;
    const apiKey = await readFile(join(secretsDir, 'qdrant_api_key'), 'utf8');
    const [first, ...others] = documents;
    const texts = first && mixedUp ? [...others, first] : documents;
    const written = documents.map(({ id }, index) => ({ ...texts[index], id }) as Document);
    await new DocumentVectors({ url: urls.qdrant, apiKey }).write(written);
  }

  /** Ends what is played, without repair. */
  async clear(): Promise<void> {
    await this.#end();
  }
}
