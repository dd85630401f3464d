// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup } from './process-groups.ts';
import { identify, isAlive } from './process-identity.mjs';

/** Names the processes of a run, for the start that comes after a kill -9 of their supervisor. */
const record = 'processes.json';

/** Makes an empty folder for one stack: its data, logs and secrets. What a killed stack left can never confuse another one. */
export async function makeRunFolder(cacheDir: string): Promise<string> {
  await endOrphans(cacheDir);
  const runs = join(cacheDir, 'runs');
  await mkdir(runs, { recursive: true, mode: 0o700 });
  return mkdtemp(join(runs, `${identify(process.pid)}-`));
}

/** Ends the processes of stacks whose supervisor was killed, removes their folders, and returns how many processes that were. */
export async function endOrphans(cacheDir: string): Promise<number> {
  const runs = join(cacheDir, 'runs');
  let orphans = 0;
  for (const name of existsSync(runs) ? await readdir(runs) : []) {
    const owner = /^\d+-\d+/.exec(name)?.[0];
    if (owner === undefined || isAlive(owner)) continue;
    orphans += await reap(join(runs, name));
    await rm(join(runs, name), { recursive: true, force: true, maxRetries: 3 });
  }
  return orphans;
}

/** Notes which processes run now. Synchronous: between a spawn and its note nothing else may happen. */
export function recordProcesses(folder: string, pids: readonly number[]): void {
  const path = join(folder, record);
  writeFileSync(`${path}.new`, JSON.stringify(pids.map(identify).filter(Boolean)));
  renameSync(`${path}.new`, path);
}

async function reap(folder: string): Promise<number> {
  const orphans = recorded(folder).filter(isAlive);
  for (const orphan of orphans) signalGroup(Number.parseInt(orphan, 10), 'SIGKILL');
  while (orphans.some(isAlive)) await delay(20);
  return orphans.length;
}

function recorded(folder: string): string[] {
  try {
    return JSON.parse(readFileSync(join(folder, record), 'utf8')) as string[];
  } catch {
    // Killed before its first process.
    return [];
  }
}
