// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive } from '../processes/process-identity.mjs';

/*
 * A lock that kill -9 cannot leave behind and two successors of a dead holder cannot both take. The folder holds numbered
 * generations; the highest is the lock, its content the identities of its owners. It is free when none of them runs. Taking
 * it means creating the next number, which only one process can do; a number below the highest means nothing, so removing
 * those is always safe and the highest is never removed.
 */

/** Runs `work` while no other process is inside the same `folder`; waits for its turn. See lock.d.mts. */
export async function withLock(folder, work, { signal, onWait } = {}) {
  mkdirSync(folder, { recursive: true });
  let generation = take(folder);
  if (generation === undefined) onWait?.();
  while (generation === undefined) {
    await delay(100, undefined, { signal });
    generation = take(folder);
  }
  const owners = [identify(process.pid)];
  try {
    return await work((pid) => {
      const identity = identify(pid);
      if (identity === undefined) return;
      owners.push(identity);
      write(folder, generation, owners);
    });
  } finally {
    write(folder, generation, []);
  }
}

function take(folder) {
  const highest = generations(folder).at(-1) ?? 0;
  if (highest > 0 && ownersOf(folder, highest).some(isAlive)) return undefined;
  const mine = highest + 1;
  const draft = join(folder, `draft-${process.pid}-${mine}`);
  try {
    writeFileSync(draft, identify(process.pid));
    linkSync(draft, join(folder, String(mine)));
  } catch (error) {
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return undefined;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  if (generations(folder).at(-1) !== mine) return undefined;
  for (const name of readdirSync(folder)) {
    if (!(Number(name) >= mine)) rmSync(join(folder, name), { force: true });
  }
  return mine;
}

function generations(folder) {
  return readdirSync(folder)
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => a - b);
}

function ownersOf(folder, generation) {
  try {
    return readFileSync(join(folder, String(generation)), 'utf8')
      .split('\n')
      .filter(Boolean);
  } catch {
    // A successor removed it after taking a higher number.
    return [];
  }
}

function write(folder, generation, owners) {
  const draft = join(folder, `draft-${process.pid}-${generation}`);
  writeFileSync(draft, owners.join('\n'));
  renameSync(draft, join(folder, String(generation)));
}
