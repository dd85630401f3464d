// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { readSettings } from '../../services/native/environment.ts';
import { cached } from '../../services/native/programs/cache.ts';

const folder = path.resolve(import.meta.dirname, 'peers');
const manifests = ['package.json', 'package-lock.json'] as const;

/**
 * The folder in which what people would use instead is installed, locked, made once and kept in the cache: only this needs it, and it is
 * larger than everything else together. Programs in `peers/` find it in `BENCH_PEERS`.
 */
export async function peers(): Promise<string> {
  return cached({
    cacheDir: readSettings().cacheDir,
    kind: 'peers',
    key: [
      ...(await Promise.all(manifests.map((name) => readFile(path.join(folder, name))))),
      process.platform,
      process.arch,
    ],
    make: async (target) => {
      for (const name of manifests) await copyFile(path.join(folder, name), path.join(target, name));
      await execa('npm', ['ci', '--no-audit', '--no-fund', '--no-progress', '--ignore-scripts', '--loglevel=error'], {
        cwd: target,
      });
    },
  });
}

/** The versions that {@link peers} holds, of those named. */
export async function peerVersions(names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { dependencies } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.fromEntries(
    names.map((name) => {
      const version = dependencies[name];
      if (version === undefined) throw new Error(`${name} is not in test/bench/peers/package.json`);
      return [name, version];
    }),
  );
}
