// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readSettings, root, type Settings, settings } from '../environment.ts';
import { cached } from './cache.ts';
import { pipInstall } from './python.ts';

const source = join(root, 'otel/python');
const requirements = join(source, 'requirements.txt');

/** What a built folder holds in addition to the SDK. */
const own = ['sitecustomize.py', 'onyx_metrics'];

/**
 * The folder that Python services are preloaded with, of our package and upstream's SDK. All of it is pure Python, so that one folder
 * serves every version and machine.
 */
export async function pythonPreload(settings: Settings, signal?: AbortSignal): Promise<string> {
  const sdk = await privateSdk(settings, signal);
  const files = await readdir(source, { recursive: true, withFileTypes: true });
  const paths = files
    .filter((file) => file.isFile() && /\.(py|typed)$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => own.some((name) => file.startsWith(join(source, name))))
    .sort();
  return cached({
    cacheDir: settings.cacheDir,
    kind: 'python-preload',
    key: [
      sdk,
      ...(await Promise.all(paths.map(async (file) => [file.slice(source.length), await readFile(file)]))).flat(),
    ],
    signal,
    make: async (draft) => {
      for (const file of paths) await cp(file, join(draft, file.slice(source.length)));
      await cp(sdk, join(draft, 'onyx_metrics/_vendor'), { recursive: true });
    },
  });
}

/** Has the folder next to the preload of Node, where Compose mounts both from, and returns where that is. Rejects with one line that says what is missing for it. */
export async function placePythonPreload(): Promise<string> {
  const target = join(root, 'otel/dist/python');
  const built = await pythonPreload(readSettings()).catch((error: Error) => {
    throw new Error(
      `The folder for Python services cannot be made: ${error.message.split('\n')[0]}. It takes Python 3.10 or newer with pip here, once: install it, or name one in ${settings.python.variable}.`,
    );
  });
  const stamp = join(target, '.built');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === basename(built)) return target;
  await rm(`${target}.new`, { recursive: true, force: true });
  await cp(built, `${target}.new`, { recursive: true, filter: (path) => basename(path) !== '__pycache__' });
  await writeFile(join(`${target}.new`, '.built'), basename(built));
  await rm(target, { recursive: true, force: true });
  await rename(`${target}.new`, target);
  return target;
}

/**
 * Upstream's SDK and exporter, under a name that no other code imports: a service may bring them in another version, or a library of
 * theirs, and both work.
 */
async function privateSdk(settings: Settings, signal?: AbortSignal): Promise<string> {
  return cached({
    cacheDir: settings.cacheDir,
    kind: 'python-sdk',
    key: [await readFile(requirements), ...rules.map(String), ...pure],
    signal,
    make: async (draft) => {
      const { python, cacheDir } = settings;
      await pipInstall(python, ['--target', draft, ...pure, '--requirement', requirements], cacheDir, signal);
      for (const file of await readdir(draft, { recursive: true, withFileTypes: true })) {
        const path = join(file.parentPath, file.name);
        if (file.isDirectory() && file.name === '__pycache__') await rm(path, { recursive: true });
        else if (file.name.endsWith('.py')) await writeFile(path, ours(await readFile(path, 'utf8')));
      }
      await writeFile(join(draft, '__init__.py'), '');
    },
  });
}

/** Packages that are compiled for no machine. */
const pure = [
  '--only-binary',
  ':all:',
  '--platform',
  'any',
  '--implementation',
  'py',
  '--abi',
  'none',
  '--python-version',
  '3.10',
];

const packages = '(?:opentelemetry|urllib3|typing_extensions)';
const rules: readonly (readonly [RegExp, string])[] = [
  [new RegExp(String.raw`^(\s*)from (${packages})(?=[.\s])`, 'gm'), '$1from onyx_metrics._vendor.$2'],
  [
    new RegExp(String.raw`^(\s*)import (${packages})((?:\.\w+)*)(?=\s*(?:#|$))`, 'gm'),
    '$1import onyx_metrics._vendor.$2$3; from onyx_metrics._vendor import $2',
  ],
  // Nothing is traced, and to import it would be a tenth of what the preload adds to a start.
  [/^from \S+\.trace_exporter import \([^)]*\)$/gm, ''],
];

function ours(code: string): string {
  return rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), code);
}
