// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import type { InstrumentationName } from '../../../otel/src/instrumentations.ts';

/** A library that a test runs with the preload, and a row of the table in docs/guides/recording-metrics.md. */
export interface Database {
  readonly name: string;
  /** What is installed for it, itself first. */
  readonly packages: readonly string[];
  /** A program of fixtures/databases. */
  readonly program: string;
  readonly server: 'redis' | 'mysql' | 'mongodb' | 'postgres';
  /** Operations that no server counts, or not as operations: their name, target and error, and how often. */
  readonly beyond?: Readonly<Record<string, number>>;
  /** What `ONYX_INSTRUMENTATION` has to name for it. */
  readonly named?: InstrumentationName;
  /** What else a user should know. */
  readonly note?: string;
}

/** The newest driver of MySQL that is tested. */
export const mysql = 'mysql2@3.24.6';
const pg = 'pg@8.23.1';
const ofPg = { server: 'postgres', named: 'pg' } as const;
const ioredis: Omit<Database, 'packages'> = {
  name: 'ioredis',
  program: 'ioredis.cjs',
  server: 'redis',
  beyond: {
    'CONNECT localhost server -': 2,
    'CONNECT other server -': 1,
    'BLPOP localhost server timeout': 1,
    'CONNECT localhost dropping connection_closed': 1,
    'CONNECT localhost refused connection_closed': 1,
  },
  named: 'ioredis',
  note: 'Commands that wait for a connection count once they are sent. A failed command without `await` then raises no `unhandledRejection`',
};
const nodeRedis: Omit<Database, 'packages'> = {
  name: 'node-redis (`redis`, `@redis/client`)',
  program: 'node-redis.cjs',
  server: 'redis',
  beyond: {
    'CONNECT localhost server -': 2,
    'CONNECT other server -': 1,
    'BLPOP localhost server timeout': 1,
    'CONNECT localhost dropping connection_reset': 1,
    'CONNECT localhost refused connection_refused': 1,
  },
  note: 'A transaction is one operation, `MULTI`',
};
const mysql2: Omit<Database, 'packages'> = {
  name: 'mysql2',
  program: 'mysql2.cjs',
  server: 'mysql',
  beyond: { 'CONNECT localhost refused connection_refused': 1 },
  named: 'mysql2',
  note: 'A failed query that has neither a callback nor a listener of `error` then does not end the process',
};
const mongoose: Omit<Database, 'packages'> = {
  name: 'Mongoose',
  program: 'mongoose.cjs',
  server: 'mongodb',
  note: 'An operation is a method of a model, such as `save` or `updateOne`. What a cursor fetches is none',
};

export const databases: readonly Database[] = [
  { ...ioredis, packages: ['ioredis@6.0.0'] },
  { ...ioredis, packages: ['ioredis@5.11.0'] },
  { ...nodeRedis, packages: ['@redis/client@6.3.1'] },
  { ...nodeRedis, packages: ['@redis/client@5.12.0'] },
  { ...mysql2, packages: [mysql] },
  { ...mysql2, packages: ['mysql2@3.20.0'] },
  { name: 'Knex', packages: ['knex@3.3.0', mysql], program: 'knex.cjs', server: 'mysql', named: 'mysql2' },
  {
    name: 'Drizzle',
    packages: ['drizzle-orm@0.45.4', mysql],
    program: 'drizzle.cjs',
    server: 'mysql',
    named: 'mysql2',
  },
  {
    name: 'TypeORM',
    packages: ['typeorm@1.1.1', mysql, 'reflect-metadata@0.2.2'],
    program: 'typeorm.cjs',
    server: 'mysql',
    named: 'mysql2',
  },
  { ...ofPg, name: 'Knex', packages: ['knex@3.3.0', pg], program: 'knex-pg.cjs' },
  { ...ofPg, name: 'Drizzle', packages: ['drizzle-orm@0.45.4', pg], program: 'drizzle-pg.cjs' },
  { ...ofPg, name: 'TypeORM', packages: ['typeorm@1.1.1', pg, 'reflect-metadata@0.2.2'], program: 'typeorm-pg.cjs' },
  { ...mongoose, packages: ['mongoose@9.12.1'] },
  { ...mongoose, packages: ['mongoose@9.7.0'] },
];

/** Libraries that publish nothing; a driver of theirs may. */
export const silent: readonly { readonly name: string; readonly version: string; readonly note: string }[] = [
  { name: 'pg', version: '8.23.1', note: '`ONYX_INSTRUMENTATION=pg` measures it' },
  { name: 'ioredis', version: 'before 5.11.0', note: 'take a newer one' },
  { name: 'node-redis', version: 'before 5.12.0', note: 'take a newer one' },
  { name: 'mysql2', version: 'before 3.20.0', note: 'take a newer one' },
  { name: 'Mongoose', version: 'before 9.7.0', note: 'take a newer one' },
  { name: 'mongodb', version: '7.9.0', note: 'it publishes nothing' },
  {
    name: 'Prisma',
    version: '7.10.0',
    note: 'it publishes nothing. `ONYX_INSTRUMENTATION=pg` measures its adapter of pg, which no test runs: its engine is in no package',
  },
  { name: 'postgres.js, mariadb', version: '3.4.9, 3.5.4', note: 'they publish nothing' },
];

/** What can be seen of pools of connections without patching, in the versions above. */
export const pools: readonly { readonly name: string; readonly note: string }[] = [
  {
    name: 'mysql2',
    note: '`db.client.connection.wait_time`, the time until a pool gave a connection. One that it could not give is a failed `CONNECT`',
  },
  {
    name: 'ioredis, node-redis',
    note: 'each new connection is a `CONNECT`. ioredis has no pool, and that of node-redis publishes waits without their target',
  },
  {
    name: 'pg',
    note: 'with `ONYX_INSTRUMENTATION=pg` the same `db.client.connection.wait_time`',
  },
  {
    name: 'mongodb, Mongoose, Knex (tarn)',
    note: 'nothing is published',
  },
  {
    name: '`http`, `https`, undici',
    note: 'agents and pools publish connections, not how many are open: `http.client.request.duration` includes the wait for one',
  },
];
