// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { existsSync } from 'node:fs';
import { mkdir, readdir, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { type Settings, settings as variables } from '../environment.ts';
import { run } from '../processes/command.ts';
import { isPortFree } from '../processes/ports.ts';
import { refusedBinaries } from '../programs/binaries.ts';
import { refusedRedis } from '../programs/redis.ts';
import { isAtLeast } from '../programs/toolchain.ts';
import { postgresPrograms, unprivileged } from './postgres.ts';

const gigabyte = 1e9;
/**
 * Bytes, from measurements on Linux with some room. Cold: Go modules and compiled packages 5.5 GB, everything else 1 GB; the
 * collector's linker 1.9 GB. Warm: a stack's data; its processes 0.8 GB, load and supervisor not counted.
 */
const needs = {
  cold: { disk: 7 * gigabyte, memory: 2.5 * gigabyte },
  warm: { disk: 1 * gigabyte, memory: 1.5 * gigabyte },
};

/** Returns one line for each thing that would make a start fail: what, where and the remedy. Changes nothing but the cache folder. */
export async function preflight(settings: Settings): Promise<string[]> {
  const checks = [python, postgres, ports, cacheFolder, freeMemory, refusedBinaries, refusedRedis];
  return (await Promise.all(checks.map((check) => check(settings)))).flat();
}

async function python({ python }: Settings): Promise<string[]> {
  const remedy = 'install Python 3.10 or newer or name one in PYTHON';
  const version = await run(python, ['-c', 'import platform; print(platform.python_version())']).catch(() => undefined);
  if (version === undefined) return [`Python: ${python} cannot be run: ${remedy}.`];
  if (!isAtLeast(version, '3.10')) return [`Python: ${python} is ${version}, too old: ${remedy}.`];
  const complete = await run(python, ['-c', 'import ensurepip, venv']).then(
    () => true,
    () => false,
  );
  return complete
    ? []
    : [`Python: ${python} lacks venv: install it (Debian and Ubuntu: apt-get install python3-venv).`];
}

async function postgres(): Promise<string[]> {
  const programs = await postgresPrograms().catch(() => undefined);
  if (programs === undefined || !existsSync(programs.postgres)) {
    return [
      `Postgres: none for ${process.platform} on ${process.arch}: use Linux with glibc or macOS, on x64 or arm64.`,
    ];
  }
  const [file, args] = unprivileged(programs.postgres, ['--version']);
  return run(file, args).then(
    () => [],
    ({ message }: Error) => [
      process.getuid?.() === 0
        ? `Postgres: does not run as root, and becoming another user failed (${oneLine(message)}): start as another user.`
        : `Postgres: ${programs.postgres} cannot be run (${oneLine(message)}): delete node_modules and start again.`,
    ],
  );
}

async function ports(settings: Settings): Promise<string[]> {
  const checks = (['sunaPort', 'grafanaPort', 'prometheusPort', 'otlpPort'] as const).map(
    async (name, index, names) => {
      const port = settings[name];
      const { variable, meaning } = variables[name];
      if (names.findIndex((other) => settings[other] === port) !== index) {
        return [`Port ${port} is given twice: set ${variable} to another one.`];
      }
      if (await isPortFree(port)) return [];
      return [
        `Port ${port} on 127.0.0.1 (${meaning}) cannot be used: end what listens there (lsof -i :${port}) or set ${variable} to another one.`,
      ];
    },
  );
  return (await Promise.all(checks)).flat();
}

async function cacheFolder(settings: Settings): Promise<string[]> {
  const { cacheDir } = settings;
  const remedy = 'name another folder in ONYX_CACHE_DIR';
  try {
    await mkdir(cacheDir, { recursive: true });
    const { bavail, bsize } = await statfs(cacheDir);
    return tooLittle(`Disk at ${cacheDir}`, bavail * bsize, (await needsOf(settings)).disk, `make room or ${remedy}`);
  } catch (error) {
    return [`Cache folder: ${cacheDir} cannot be used (${(error as Error).message}): ${remedy}.`];
  }
}

/** What the user names is neither built nor in the cache. */
async function needsOf(settings: Settings): Promise<(typeof needs)['cold']> {
  const names = await readdir(settings.cacheDir).catch(() => []);
  const isCached = (kind: string) => names.some((name) => name.startsWith(`${kind}-`) && !name.endsWith('.draft'));
  const nameable = ['otelcol', 'prometheus', 'alertmanager', 'redis'] as const;
  const isWarm = isCached('python') && nameable.every((kind) => settings[kind] !== undefined || isCached(kind));
  return needs[isWarm ? 'warm' : 'cold'];
}

async function freeMemory(settings: Settings): Promise<string[]> {
  // macOS counts as free only what holds nothing at all, so there the size of the machine has to do.
  const available = process.platform === 'darwin' ? totalmem() : process.availableMemory();
  return tooLittle('Memory', available, (await needsOf(settings)).memory, 'end other programs');
}

/** A line if `available` bytes are fewer than `needed`. */
export function tooLittle(what: string, available: number, needed: number, remedy: string): string[] {
  if (available >= needed) return [];
  const [there, wanted] = [available, needed].map((bytes) => `${(bytes / gigabyte).toFixed(1)} GB`);
  return [`${what}: ${there} available, ${wanted} needed: ${remedy}.`];
}

function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ');
}
