// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

/** Where and with what a result was measured: without it the numbers mean nothing. */
export async function circumstances(packages: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const git = async (...command: readonly string[]) => (await execa('git', command, { reject: false })).stdout;
  // Results that were written a moment ago change nothing that is measured.
  const changed = await git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!test/*/results/*');
  const versions = packages.map(async (name) => {
    const manifest = JSON.parse(await readFile(path.join('node_modules', name, 'package.json'), 'utf8'));
    return [name, (manifest as { version: string }).version] as const;
  });
  return {
    date: new Date().toISOString(),
    commit: `${await git('describe', '--always', '--abbrev=12')}${changed && '-dirty'}`,
    versions: { node: process.versions.node, ...Object.fromEntries(await Promise.all(versions)) },
    machine: {
      platform: `${os.platform()} ${os.release()} ${os.arch()}`,
      cpu: os.cpus()[0]?.model.trim(),
      cores: os.availableParallelism(),
      memoryGigabytes: Math.round(os.totalmem() / 1e9),
    },
  };
}

/** Writes `<folder>/<name>-<date>.json`; returns its path. A later run of the same day replaces it. */
export async function writeResult(
  folder: string,
  name: string,
  result: { readonly date?: unknown; readonly [fact: string]: unknown },
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}-${String(result.date).slice(0, 10)}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}
