// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian keeps servers, and only root looks. */
const ofServers = ['/usr/local/sbin', '/usr/sbin'];

/**
 * The path of the first of these programs that is in PATH, for tests that need one. Where there is none, a user's
 * tests are skipped, counted and told so with the remedy; in CI (`CI` is set) this throws, for there nothing may go untested.
 */
export function required(programs: readonly string[], remedy: string): string | undefined {
  for (const program of programs) {
    for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...ofServers]) {
      const path = join(folder, program);
      if (isExecutable(path)) return path;
    }
  }
  const message = `none of ${programs.join(', ')} is in PATH: ${remedy}`;
  if (process.env.CI) throw new Error(message);
  process.stderr.write(`\nSKIPPED TESTS: ${message}\n\n`);
  return undefined;
}

/** The compiler of the parts in C of Vale, which checks the words of the documents. */
export const cCompiler = (): string | undefined =>
  required(['cc'], 'install it (Debian and Ubuntu: apt-get install gcc libc6-dev)');

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
