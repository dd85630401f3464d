// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, type Settings } from '../environment.ts';
import { run } from '../processes/command.ts';
import { cached, folderKey } from './cache.ts';
import { withLock } from './lock.mjs';

const preview = join(root, 'grafana/preview');
const modules = join(preview, 'node_modules');

/**
 * Returns the folder of the page that shows the dashboards, installed and built first if the cache lacks it: a minute or two,
 * at low priority. Rejects with the end of npm's or Vite's output.
 */
export async function previewPage({ cacheDir }: Settings, signal?: AbortSignal): Promise<string> {
  const sources = await Promise.all(
    ['package.json', 'package-lock.json', 'index.html', 'vite.config.ts'].map((name) => readFile(join(preview, name))),
  );
  return cached({
    cacheDir,
    kind: 'preview',
    key: [...sources, ...(await folderKey(join(preview, 'src')))],
    signal,
    make: async (draft) => {
      await installPreview(signal);
      const vite = join(modules, 'vite/bin/vite.js');
      await yielding([process.execPath, vite, 'build', '--outDir', draft, '--logLevel', 'warn'], signal);
    },
  });
}

/** Installs what the page is built from, once: its 500 MB stay out of the platform's own packages. */
export async function installPreview(signal?: AbortSignal): Promise<void> {
  const lock = await readFile(join(preview, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const stamp = join(modules, '.onyx-installed');
  const isDone = async () => (await readFile(stamp, 'utf8').catch(() => '')) === wanted;
  if (await isDone()) return;
  await withLock(
    join(root, '.cache/locks/preview-install'),
    async () => {
      if (await isDone()) return;
      // First of all, so that a half-made folder is never taken for a whole one; `npm ci` removes the rest.
      await rm(stamp, { force: true });
      await yielding(['npm', 'ci', '--include=dev', '--no-progress', '--loglevel=error'], signal);
      await writeFile(`${stamp}.new`, wanted);
      await rename(`${stamp}.new`, stamp);
    },
    { signal },
  );
}

/** Lets everything else go first. */
async function yielding(command: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  // Whatever the caller's environment says: only the production build of React and Emotion works under the page's policy.
  await run('nice', ['-n', '15', ...command], { cwd: preview, signal, env: { NODE_ENV: 'production' } });
}
