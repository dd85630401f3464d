// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The bundle has no repository around it: bundle.ts puts the result in here. */
declare const BUNDLED_OVERHEAD: string | undefined;

/** The newest committed result of the overhead benchmark, if there is one; not those of other versions of Node or of the preload. */
export async function newestOverhead(): Promise<string | undefined> {
  if (typeof BUNDLED_OVERHEAD !== 'undefined') return BUNDLED_OVERHEAD || undefined;
  const folder = join(import.meta.dirname, '../../test/bench/results');
  // Names end in their date.
  const newest = (await readdir(folder))
    .filter((name) => /^overhead-\d{4}-\d\d-\d\d\.json$/.test(name))
    .sort()
    .at(-1);
  return newest && readFile(join(folder, newest), 'utf8');
}
