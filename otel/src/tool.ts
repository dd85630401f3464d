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
]);

/** Commands of `next` that serve. */
const nextServes: ReadonlySet<string> = new Set(['start', 'dev']);

/**
 * Whether this process is a development tool rather than an application, by the script it runs and its first argument.
 * A preload named in `NODE_OPTIONS` sits in these too.
 */
export function isTool([, script = '', command = '']: readonly string[]): boolean {
  const name = basename(script).replace(/\.[cm]?js$/, '');
  if (name === 'next') return !nextServes.has(command);
  // `tsx` names its command line this way; what it runs is a process of its own.
  if (/[\\/]tsx[\\/]dist[\\/]cli$/.test(script.replace(/\.[cm]?js$/, '')) || name === 'tsx') return true;
  return tools.has(name);
}
