// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isAlive } from '../processes/process-identity.mjs';
import { withLock } from './lock.mjs';

export interface CacheEntry {
  /** The cache folder. */
  readonly cacheDir: string;
  /** Names what the entry holds; the first part of its folder's name. */
  readonly kind: string;
  /** Everything that decides the content. */
  readonly key: readonly (string | Buffer)[];
  /** Fills the empty folder it is given; the folder is moved afterwards, so nothing inside may hold its path. */
  readonly make: (folder: string) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the folder of an entry, made first if the cache lacks it. A folder under its final name is complete: it is filled
 * next to it and renamed. Two processes that want the same entry make it once.
 */
export async function cached({ cacheDir, kind, key, make, signal }: CacheEntry): Promise<string> {
  const name = `${kind}-${hash(key)}`;
  const target = join(cacheDir, name);
  if (existsSync(target)) return target;
  return withLock(
    join(cacheDir, 'locks', name),
    async () => {
      if (existsSync(target)) return target;
      await sweep(cacheDir);
      const draft = `${target}.${identify(process.pid)}.draft`;
      try {
        await mkdir(draft, { recursive: true });
        await make(draft);
        signal?.throwIfAborted();
        await rename(draft, target);
      } finally {
        await discard(draft);
      }
      return target;
    },
    { signal },
  );
}

/** The paths below `folder`, each followed by its content: what a key needs to follow a source folder, or the files of it that count. */
export async function folderKey(
  folder: string,
  counts: (path: string) => boolean = () => true,
): Promise<(string | Buffer)[]> {
  const items = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = items
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
    .filter(counts);
  const contents = paths.sort().map(async (path) => [path.slice(folder.length), await readFile(path)]);
  return (await Promise.all(contents)).flat();
}

/** Removes what killed builds left behind; a draft whose owner runs is in use. */
async function sweep(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const owner = /\.(\d+-\d+)\.draft$/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(owner)) await discard(join(cacheDir, name));
  }
}

/** A child of the killed owner may still write into it for a moment; what then remains is swept the next time. */
async function discard(draft: string): Promise<void> {
  await rm(draft, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

function hash(parts: readonly (string | Buffer)[]): string {
  const sha = createHash('sha256');
  for (const part of parts) sha.update(part).update('\0');
  return sha.digest('hex').slice(0, 16);
}
