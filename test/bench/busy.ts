// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os';
import { execa } from 'execa';

/** Keeps every core busy until it is told to stop, but never longer than so many seconds. */
export function keepCoresBusy(seconds: number): () => void {
  const code = `const end = Date.now() + ${seconds * 1000}; while (Date.now() < end);`;
  const burning = Array.from({ length: availableParallelism() }, () =>
    execa(process.execPath, ['-e', code], { reject: false }),
  );
  return () => {
    for (const process of burning) process.kill('SIGKILL');
  };
}
