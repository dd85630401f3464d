// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';

/** Programs that run other programs and are no service, however long they live: file names, and their extensions do not count. */
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

/** Programs whose names applications have too: tools where a package manager puts them. */
const launchers: ReadonlySet<string> = new Set([
  'cross-env',
  'cross-env-shell',
  'dotenv',
  'dotenvx',
  'dx',
  'env-cmd',
  'npm-run-all',
  'run-p',
  'run-s',
  'conc',
  'pm2',
  'pm2-dev',
  'pm2-docker',
  'pm2-runtime',
]);

/** Files of packages: what the commands of some are links to, pm2's daemon, and the processes among which `next build` divides its work. */
const helpers: readonly RegExp[] = [
  /[\\/]tsx[\\/]dist[\\/]cli$/,
  /[\\/]dotenv-cli[\\/]cli$/,
  /[\\/]npm-run-all2?[\\/]bin[\\/]/,
  /[\\/]pm2[\\/]lib[\\/]Daemon$/,
  /[\\/]next[\\/]dist[\\/]compiled[\\/]jest-worker[\\/]/,
];

/** Where package managers put programs, and the links to their commands. */
const installed = /[\\/]node_modules[\\/]|[\\/]bin[\\/][^\\/]+$/;

/** Commands of `next` that serve. */
const nextServes: ReadonlySet<string> = new Set(['start', 'dev']);

/**
 * Whether this process is a development tool rather than an application, by the script it runs and its first argument.
 * A preload named in `NODE_OPTIONS` sits in these too. The names are the quick way: idle-parent.ts finds the rest by what they do.
 */
export function isTool([, script = '', command = '']: readonly string[]): boolean {
  const path = script.replace(/\.[cm]?js$/, '');
  const name = basename(path);
  if (name === 'next') return !nextServes.has(command);
  return (
    tools.has(name) || (launchers.has(name) && installed.test(script)) || helpers.some((helper) => helper.test(path))
  );
}
