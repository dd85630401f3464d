// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Outcome } from './scenario.ts';

/** What was done to a stack and when, told while it happens. */
export class Timeline {
  readonly events: Outcome['events'][number][] = [];
  readonly #began = performance.now();
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  note(what: string): void {
    const seconds = Math.round(this.seconds);
    this.events.push({ seconds, what });
    this.#say(`${seconds} s: ${what}`);
  }
}
