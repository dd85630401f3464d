// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { join } from 'node:path';
import { execa } from 'execa';
import type { GoProgram } from '../../../collector-config/go-builds.ts';
import { readSettings } from '../../../services/native/environment.ts';
import { built } from '../../../services/native/programs/binaries.ts';
import { configuration } from './collector.ts';

/** Those of the tests in Go that pass, by name. Throws what they say if one fails. */
export async function passing(tests: GoProgram, env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const cwd = join(configuration, 'otelcol', tests.package);
  const program = await built(tests, readSettings());
  const { stdout, failed } = await execa(program, ['-test.v'], { cwd, env, reject: false });
  if (failed) throw new Error(stdout.split('\n').slice(-200).join('\n'));
  return [...stdout.matchAll(/^--- PASS: (\w+)/gm)].map(([, name]) => name as string);
}
