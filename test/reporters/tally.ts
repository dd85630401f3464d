// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the output with one line, `N passed, N failed` (and `, N skipped`), for people and for `.ci/run`.
 *
 * It is written when the process exits, so that nothing can come after it, and never claims success for a run that
 * exits with an error: what broke outside a test counts as one failure.
 */
export class TallyReporter implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  onInit(): void {
    process.once('exit', (code) => {
      if (code !== 0) this.#failed = Math.max(this.#failed, 1);
      const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : '';
      process.stdout.write(`${this.#passed} passed, ${this.#failed} failed${skipped}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#failed += unhandled.length;
    for (const module of modules) {
      this.#failed += module.errors().length;
      for (const suite of module.children.allSuites()) this.#failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') this.#passed += 1;
        else if (state === 'skipped') this.#skipped += 1;
        else this.#failed += 1;
      }
    }
  }
}
