// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { readSettings } from '../../services/native/environment.ts';
import { cached } from '../../services/native/programs/cache.ts';

const root = path.resolve(import.meta.dirname, '../..');

/**
 * The preload as it was at a commit, built once with the packages that are installed now: what differs is ours.
 *
 * @returns the path of its file
 */
export async function olderPreload(commit: string): Promise<string> {
  const folder = await cached({
    cacheDir: readSettings().cacheDir,
    kind: 'older-preload',
    key: [commit],
    make: async (target) => {
      const sources = path.join(target, 'sources');
      await mkdir(sources);
      const archive = await execa('git', ['archive', commit, 'otel'], { cwd: root, encoding: 'buffer' });
      await execa('tar', ['-x', '-C', sources], { input: archive.stdout });
      await symlink(path.join(root, 'node_modules'), path.join(sources, 'node_modules'));
      await execa(process.execPath, ['build.mjs'], { cwd: path.join(sources, 'otel') });
    },
  });
  return path.join(folder, 'sources/otel/dist/register.cjs');
}
