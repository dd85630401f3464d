// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { showSteps } from './progress.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';

interface Shown {
  readonly stack: Stack;
  /** Aborts, with the reason, when the caller's signal does or a process of the stack ends without being stopped. */
  readonly whileUp: AbortSignal;
}

/** Starts a stack with progress on the terminal, and resolves when everything is ready and shown to be. */
export async function startWithProgress(options: StackOptions & { readonly signal: AbortSignal }): Promise<Shown> {
  const ended = new AbortController();
  let shown = Promise.resolve();
  const stack = await startStack({
    ...options,
    onSteps: (steps) => {
      shown = shown.then(() => showSteps(steps));
    },
    onUnexpectedEnd: (message) => ended.abort(new Error(message)),
  });
  await shown;
  return { stack, whileUp: AbortSignal.any([options.signal, ended.signal]) };
}
