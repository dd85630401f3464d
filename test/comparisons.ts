// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished, vi } from 'vitest';

/** From now on until the test has finished, how many bytes each side had of every comparison in constant time. */
export function comparisons(): () => number[][] {
  const compare = vi.spyOn(crypto, 'timingSafeEqual');
  // For those who import it by its name.
  syncBuiltinESMExports();
  onTestFinished(() => {
    compare.mockRestore();
    syncBuiltinESMExports();
  });
  return () => compare.mock.calls.map((sides) => sides.map(({ byteLength }) => byteLength));
}
