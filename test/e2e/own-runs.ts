// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../services/native/environment.ts';

/**
 * A cache folder with all that is built and runs of its own, for commands that look at every run: platforms of other tests run at the
 * same time.
 */
export function ownRuns(): { readonly cacheDir: string; readonly remove: () => void } {
  const { cacheDir: shared } = readSettings();
  const cacheDir = mkdtempSync(join(tmpdir(), 'onyx-runs-'));
  for (const name of readdirSync(shared)) {
    if (name !== 'runs') symlinkSync(join(shared, name), join(cacheDir, name));
  }
  return { cacheDir, remove: () => rmSync(cacheDir, { recursive: true, force: true }) };
}
