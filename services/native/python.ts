// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { run } from './command.ts';
import { root, type Settings } from './settings.ts';

export interface VirtualEnvironment {
  /** Start programs as `python -m <module>`: the scripts beside it hold the path of the folder they were made in. */
  readonly python: string;
  /** Where packages are installed. */
  readonly packages: string;
}

/** LiteLLM, the Qdrant stand-in and the Redis server. */
export function platformPython(settings: Settings, signal?: AbortSignal): Promise<VirtualEnvironment> {
  return virtualEnvironment('python', join(root, 'services/python/requirements.txt'), settings, signal);
}

/** Installs exactly what the requirements file lists, every file checked against its hash. */
export async function virtualEnvironment(
  kind: string,
  requirements: string,
  { cacheDir, python }: Settings,
  signal?: AbortSignal,
): Promise<VirtualEnvironment> {
  const interpreter = await run(python, ['-c', 'import sys; print(sys.base_prefix, sys.version, sys.platform)'], {
    signal,
  });
  const folder = await cached({
    cacheDir,
    kind,
    key: [await readFile(requirements), interpreter, process.arch],
    signal,
    make: async (draft) => {
      await run(python, ['-m', 'venv', draft], { signal });
      await run(
        join(draft, 'bin/python'),
        ['-m', 'pip', 'install', '--quiet', '--no-input', '--require-hashes', '--requirement', requirements],
        { signal, env: { PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? join(cacheDir, 'pip') } },
      );
    },
  });
  const executable = join(folder, 'bin/python');
  const packages = await run(executable, ['-c', 'import sysconfig; print(sysconfig.get_path("platlib"))'], { signal });
  return { python: executable, packages };
}
