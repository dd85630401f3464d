// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import getPort from 'get-port';
import { Client } from 'pg';
import {
  answersQueries,
  initialise,
  type PostgresPrograms,
  unprivileged,
} from '../../../services/native/stack/postgres.ts';
import type { Server } from './servers.ts';

/** A server of its own for a test, on a free port of the loopback address. */
interface Store {
  /** `host:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts a Redis, or what behaves like one, without a password unless flags say otherwise. */
export async function startRedis({ program, env }: Server, flags: readonly string[] = []): Promise<Store> {
  const port = await getPort();
  const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', ...flags];
  const process = execa(program, args, { reject: false, env });
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      process.kill();
      await process;
    },
  };
}

export interface Postgres extends Store {
  /** Runs statements as its superuser, one after the other. Resolves to its warnings, rejects with what Postgres says. */
  run(...statements: readonly string[]): Promise<readonly string[]>;
  /** What it has written of itself so far. */
  log(): string;
}

/** Starts a Postgres with the superuser `postgres`, ready for queries. Rejects when it is not within half a minute. */
export async function startPostgres(programs: PostgresPrograms): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'onyx-postgres-'));
  // As root it runs as another user.
  await chmod(folder, 0o777);
  const password = 'of-a-test';
  await writeFile(join(folder, 'password'), password);
  await initialise(programs, join(folder, 'data'), join(folder, 'password'), AbortSignal.timeout(60_000));
  const port = await getPort();
  const options = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
  const [file, args] = unprivileged(programs.postgres, [
    ...['-D', join(folder, 'data')],
    ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const process = execa(file, args, { reject: false });
  let log = '';
  process.stderr.on('data', (data) => {
    log += data;
  });
  const config = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres', password };
  const stop = async () => {
    process.kill('SIGINT');
    await process;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answering(answersQueries(config));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address: `127.0.0.1:${port}`,
    stop,
    log: () => log,
    run: async (...statements) => {
      const client = new Client(config);
      const warnings: string[] = [];
      client.on('notice', ({ severity, message = '' }) => {
        if (severity === 'WARNING') warnings.push(message);
      });
      await client.connect();
      try {
        for (const statement of statements) await client.query(statement);
        return warnings;
      } finally {
        await client.end();
      }
    },
  };
}

/** Resolves once the check does. Rejects with its last reason after half a minute. */
async function answering(check: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return await check(AbortSignal.timeout(2000));
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(50);
    }
  }
}

/** Starts PgBouncer in transaction mode before a Postgres, for one role. */
export async function startPooler(
  { program, env }: Server,
  before: Store,
  role: string,
  password: string,
): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'onyx-pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await getPort();
  const [host, behind] = before.address.split(':');
  await writeFile(join(folder, 'users'), `"${role}" "${password}"\n`);
  const settings = [
    ...[
      '[databases]',
      `* = host=${host} port=${behind}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
    ],
    ...[
      'auth_type = scram-sha-256',
      `auth_file = ${join(folder, 'users')}`,
      'pool_mode = transaction',
      'unix_socket_dir =',
    ],
    // It refuses to run as root.
    ...(process.getuid?.() === 0 ? ['user = nobody'] : []),
  ];
  await writeFile(join(folder, 'settings'), `${settings.join('\n')}\n`);
  const running = execa(program, [join(folder, 'settings')], { reject: false, env });
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      running.kill('SIGINT');
      await running;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
