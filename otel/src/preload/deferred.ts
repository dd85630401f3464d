// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';

/** Replaced by build.mjs: what stands before the deferred code in the preload's file, and how long that code is. */
declare const DEFERRED_MARKER: string;
declare const DEFERRED_LENGTH: number;

type Run = (require: NodeJS.Require, module: { exports: unknown }, filename: string) => void;

/**
 * Runs the larger part of the preload's own file, which build.mjs appended as comment lines: most processes never need it, and
 * a file that is cut short or damaged there still parses.
 *
 * @returns what the deferred code exports
 * @throws when the file is damaged
 */
export function runDeferred<Exports>(file: string): Exports {
  const [before = '', commented = ''] = readFileSync(file, 'latin1').split(DEFERRED_MARKER);
  const code = commented.replace(/^\/\//gm, '');
  if (code.length !== DEFERRED_LENGTH) throw new Error(`${file} is damaged, copy it again`);
  // As many empty lines as the file has before it, so that a stack names the right line.
  const run = compileFunction(before.replace(/[^\n]+/g, '') + code, ['require', 'module', '__filename'], {
    filename: file,
  }) as Run;
  const module = { exports: {} };
  run(createRequire(file), module, file);
  return module.exports as Exports;
}
