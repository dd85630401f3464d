// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { binary } from '../../services/native/programs/binaries.ts';

/**
 * A `docker` in `folder/bin` that does `docker compose … config --format json` with Docker's own loader, and cannot do anything else:
 * no engine is at hand. Returns the environment in which it is found, and which says that there is no socket.
 */
export async function loaderAsDocker(folder: string): Promise<Record<'PATH', string> & Record<string, string>> {
  const programs = path.join(folder, 'bin');
  await mkdir(programs);
  const compose = '$(echo "$*" | sed "s/^compose //; s/ config --format json$//")';
  const script = `#!/bin/sh\nexec ${await binary('compose')} -project-directory "$PWD" ${compose}\n`;
  await writeFile(path.join(programs, 'docker'), script, { mode: 0o755 });
  return { PATH: `${programs}:${process.env.PATH}`, ONYX_CONTAINERS: '0' };
}
