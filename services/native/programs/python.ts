// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, type Settings } from '../environment.ts';
import { run } from '../processes/command.ts';
import { cached } from './cache.ts';

export interface VirtualEnvironment {
  /** Start programs as `python -m <module>`: the scripts next to it hold the path of the folder they were made in. */
  readonly python: string;
  /** Where packages are installed. */
  readonly packages: string;
}

/** LiteLLM and the Qdrant stand-in. */
export function platformPython(settings: Settings, signal?: AbortSignal): Promise<VirtualEnvironment> {
  return virtualEnvironment('python', join(root, 'services/python/requirements.txt'), settings, signal);
}

/** Onyx in Python. */
export function onyxPython(settings: Settings, signal?: AbortSignal): Promise<VirtualEnvironment> {
  return virtualEnvironment('onyx-python', join(root, 'services/onyx-python/requirements.txt'), settings, signal);
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
      await pipInstall(join(draft, 'bin/python'), ['--requirement', requirements], cacheDir, signal);
    },
  });
  const executable = join(folder, 'bin/python');
  const packages = await run(executable, ['-c', 'import sysconfig; print(sysconfig.get_path("platlib"))'], { signal });
  return { python: executable, packages };
}

/**
 * Runs `pip install` with these arguments, which must name every package: a file without a matching hash is refused, and nothing is
 * looked up next to them. A resolving pip takes `pydantic[email]` for another package than the pinned `pydantic`, asks for its newest
 * release and refuses that for want of a hash, on the day there is one.
 */
export async function pipInstall(
  python: string,
  args: readonly string[],
  cacheDir: string,
  signal?: AbortSignal,
): Promise<void> {
  await run(python, ['-m', 'pip', 'install', '--quiet', '--no-input', '--require-hashes', '--no-deps', ...args], {
    signal,
    env: { PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? join(cacheDir, 'pip') },
  });
}
