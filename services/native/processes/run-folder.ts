// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup } from './process-groups.ts';
import { identify, isAlive } from './process-identity.mjs';

/** Names the processes of a run, for the start that comes after a kill -9 of their supervisor. */
const record = 'processes.json';

/** Those that can be told to read their configuration again, for `npm run reload`. */
const reloadable = 'reloadable.json';

/** A process that reads its configuration again on SIGHUP. */
export interface Reloadable {
  readonly name: string;
  readonly identity: string;
  readonly logFile: string;
  /** Runs to exit code 0 if the configuration is one it can use. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it writes when it works with its new configuration. */
  readonly announcement: string;
}

/** Makes an empty folder for one stack: its data, logs and secrets. What a killed stack left can never confuse another one. */
export async function makeRunFolder(cacheDir: string): Promise<string> {
  await endOrphans(cacheDir);
  const runs = join(cacheDir, 'runs');
  await mkdir(runs, { recursive: true, mode: 0o700 });
  return mkdtemp(join(runs, `${identify(process.pid)}-`));
}

/** Ends the processes of stacks whose supervisor was killed, removes their folders, and returns how many processes that were. */
export async function endOrphans(cacheDir: string): Promise<number> {
  let orphans = 0;
  for (const { folder, supervisor } of await runFolders(cacheDir)) {
    if (supervisor === undefined || isAlive(supervisor)) continue;
    orphans += await reap(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  return orphans;
}

/** Notes which processes run now. Synchronous: between a spawn and its note nothing else may happen. */
export function recordProcesses(folder: string, pids: readonly number[]): void {
  replace(join(folder, record), pids.map(identify).filter(Boolean));
}

/** Notes which processes can be told to read their configuration again. */
export function recordReloadable(folder: string, processes: readonly Reloadable[]): void {
  replace(join(folder, reloadable), processes);
}

/** The folders of stacks whose supervisor lives. */
export async function liveRuns(cacheDir: string): Promise<string[]> {
  const runs = await runFolders(cacheDir);
  return runs.filter(({ supervisor = '' }) => isAlive(supervisor)).map(({ folder }) => folder);
}

/** What can be told to read its configuration again, of every stack that runs. */
export async function findReloadable(cacheDir: string): Promise<Reloadable[]> {
  const runs = await runFolders(cacheDir);
  return runs
    .flatMap(({ folder }) => read<Reloadable>(join(folder, reloadable)))
    .filter(({ identity }) => isAlive(identity));
}

/** Every run folder, with the identity of its supervisor, which its name begins with. */
async function runFolders(cacheDir: string): Promise<{ folder: string; supervisor: string | undefined }[]> {
  const runs = join(cacheDir, 'runs');
  const names = existsSync(runs) ? await readdir(runs) : [];
  return names.map((name) => ({ folder: join(runs, name), supervisor: /^\d+-\d+/.exec(name)?.[0] }));
}

function replace(path: string, content: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(content));
  renameSync(`${path}.new`, path);
}

async function reap(folder: string): Promise<number> {
  const orphans = read<string>(join(folder, record)).filter(isAlive);
  for (const orphan of orphans) signalGroup(Number.parseInt(orphan, 10), 'SIGKILL');
  while (orphans.some(isAlive)) await delay(20);
  return orphans.length;
}

function read<Entry>(file: string): Entry[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Entry[];
  } catch {
    // Killed before its first process.
    return [];
  }
}
