import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached } from '../../services/native/cache.ts';
import { readSettings } from '../../services/native/settings.ts';

/**
 * The folder of an application that has exactly these packages installed (`name@version` each), made once and kept in the
 * cache: they are what the preload meets in the wild, not what this project depends on.
 */
export function installed(...packages: readonly string[]): Promise<string> {
  return cached({
    cacheDir: readSettings().cacheDir,
    kind: 'packages',
    key: [...packages, process.platform, process.arch],
    make: async (folder) => {
      await writeFile(join(folder, 'package.json'), '{ "private": true }');
      const quiet = ['--no-audit', '--no-fund', '--no-progress', '--ignore-scripts', '--loglevel=error'];
      await execa('npm', ['install', ...quiet, ...packages], { cwd: folder });
    },
  });
}

const platform = `${process.platform}-${process.arch}`;

/** The path of a Node of this version. */
export async function node(version: string): Promise<string> {
  return join(await installed(`node-${platform}@${version}`), `node_modules/node-${platform}/bin/node`);
}

/** The path of the Bun the preload is tested on. */
export async function bun(): Promise<string> {
  return join(await installed(`@oven/bun-${platform}@1.4.5`), `node_modules/@oven/bun-${platform}/bin/bun`);
}

/** The path of the Deno the preload is tested on. */
export async function deno(): Promise<string> {
  const name = `@deno/${platform}${process.platform === 'linux' ? '-glibc' : ''}`;
  return join(await installed(`${name}@2.9.6`), `node_modules/${name}/deno`);
}
