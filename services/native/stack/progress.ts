// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { Listr, PRESET_TIMER } from 'listr2';
import type { Step } from './stack.ts';

/** Shows steps that run at the same time, each with its elapsed time; without a terminal as plain lines, every 15 s. */
export async function showSteps(steps: readonly Step[]): Promise<void> {
  let failure: unknown;
  const list = new Listr(
    steps.map(({ title, done }) => ({
      title,
      task: async (_, task) => {
        const began = Date.now();
        const tick = () => {
          task.output = `${title}: ${Math.round((Date.now() - began) / 1000)} s`;
        };
        const timer = setInterval(tick, process.stdout.isTTY ? 1000 : 15_000);
        try {
          await done;
        } catch (error) {
          // Told in full by the caller that waits for all of them; the others end because of it.
          if (failure !== undefined || (error as Error).name === 'AbortError') return task.skip();
          failure = error;
          throw new Error((error as Error).message.split('\n')[0]);
        } finally {
          clearInterval(timer);
        }
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      // Interrupts are ours to handle: this one would leave without stopping anything.
      registerSignalListeners: false,
      fallbackRenderer: 'simple',
      rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false, collapseErrors: false },
      fallbackRendererOptions: { timer: PRESET_TIMER },
    },
  );
  await list.run();
}
