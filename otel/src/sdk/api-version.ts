// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const found = new Map<string, string | undefined>();

/**
 * Returns the version of the copy of `@opentelemetry/api` that asks, by its place in the stack: that of its package, or the nearest one in
 * the bundle when the application is bundled.
 *
 * @param asked what the copy called, which is left out of the stack.
 * @returns nothing when the place cannot be read, as in code that has no file
 */
export function versionOfCaller(asked: (...args: never[]) => unknown): string | undefined {
  const place: { stack?: string } = {};
  Error.captureStackTrace(place, asked);
  const caller = /\n.*?(?:\(|at )([^(\n]+:\d+:\d+)\)?(?:\n|$)/.exec(String(place.stack))?.[1];
  if (caller === undefined) return undefined;
  // A copy asks for every kind of thing it registers, always from one place.
  if (!found.has(caller)) found.set(caller, versionAt(caller));
  return found.get(caller);
}

function versionAt(caller: string): string | undefined {
  const [, url = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(caller) ?? [];
  try {
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    const [folder] = /^.*@opentelemetry[\\/]api[\\/]/.exec(file) ?? [];
    if (folder !== undefined) return (createRequire(folder)('./package.json') as { version?: string }).version;
    return versionNear(readFileSync(file, 'utf8'), Number(line), Number(column));
  } catch {
    return undefined;
  }
}

/** The literal of a version 1.x that is nearest to a place in a program: bundlers keep the modules of a package together. */
function versionNear(text: string, line: number, column: number): string | undefined {
  const lines = text.split('\n', line - 1);
  const place = lines.reduce((sum, { length }) => sum + length + 1, column);
  let [nearest, distance]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const { 1: version, index } of text.matchAll(/["'`](1\.\d+\.\d+)["'`]/g)) {
    if (Math.abs(index - place) < distance) [nearest, distance] = [version, Math.abs(index - place)];
  }
  return nearest;
}
