// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';

/** Programs that run other programs and are nobody's service, however long they live: file names, and their extensions do not count. */
const tools: ReadonlySet<string> = new Set([
  'npm',
  'npm-cli',
  'npx',
  'npx-cli',
  'pnpm',
  'pnpx',
  'yarn',
  'yarnpkg',
  'corepack',
  'tsc',
  'nodemon',
  'concurrently',
  'turbo',
  'tsx',
]);

/** The command line of tsx, whose program is a process of its own, and the processes among which `next build` divides its work. */
const helpers: readonly RegExp[] = [
  /[\\/]tsx[\\/]dist[\\/]cli$/,
  /[\\/]next[\\/]dist[\\/]compiled[\\/]jest-worker[\\/]/,
];

/** Commands of `next` that serve. */
const nextServes: ReadonlySet<string> = new Set(['start', 'dev']);

/**
 * Whether this process is a development tool rather than an application, by the script it runs and its first argument.
 * A preload named in `NODE_OPTIONS` sits in these too.
 */
export function isTool([, script = '', command = '']: readonly string[]): boolean {
  const path = script.replace(/\.[cm]?js$/, '');
  const name = basename(path);
  if (name === 'next') return !nextServes.has(command);
  return tools.has(name) || helpers.some((helper) => helper.test(path));
}
