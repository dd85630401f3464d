// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../../services/native/environment.ts';
import { redisServer } from '../../../services/native/programs/redis.ts';
import { postgresPrograms } from '../../../services/native/stack/postgres.ts';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { startPostgres, startRedis } from '../../collector/helpers/stores.ts';
import { folderOfFile } from '../../folder.ts';
import { application, node } from '../helpers/installed.ts';
import { startMongo } from '../helpers/mongo-server.ts';
import { startMysql } from '../helpers/mysql-server.ts';
import { preload, run } from '../helpers/preloaded.ts';
import { type Database, databases, mysql } from './databases.ts';
import { withDatabases } from './databases-table.ts';

const collector = await collectorOfFile();
const folder = folderOfFile();
let redis: string;
/** Ends a connection instead of answering. */
let dropping: Server;
beforeAll(async () => {
  redis = await redisServer(readSettings());
  dropping = await listening((socket) => socket.once('data', () => socket.destroy()));
}, 300_000);
afterAll(async () => {
  dropping?.close();
});

async function listening(connected: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => connected(socket.on('error', () => undefined))).unref();
  await once(server.listen(0), 'listening');
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** A server and what it counted: how often each operation, and how often it failed, and with which code. */
interface Asked {
  readonly port: number;
  readonly counts: () => Promise<Readonly<Record<string, { readonly calls: number; readonly failed: number }>>>;
  readonly stop: () => Promise<void> | void;
}

/** The codes of what the programs do wrong. */
const codes: Readonly<Record<string, string>> = {
  INCR: 'WRONGTYPE',
  EVALSHA: 'NOSCRIPT',
  save: '11000',
};
/** The codes of a row that is there already. */
const refused: Partial<Record<Database['server'], string>> = { mysql: 'ER_DUP_ENTRY', postgres: '23505' };
/** Methods of models by the commands that they send. */
const methods: Readonly<Record<string, string>> = { insert: 'save', update: 'updateOne', delete: 'deleteOne' };

async function server({ server, packages }: Pick<Database, 'server' | 'packages'>): Promise<Asked> {
  if (server === 'redis') {
    const { address, stop } = await startRedis({ program: redis, env: {} });
    const port = Number(address.split(':')[1]);
    return { port, counts: () => commandsOf(port), stop };
  }
  if (server === 'postgres') {
    const { address, run: ask, log, stop } = await startPostgres(await postgresPrograms());
    await ask("alter role postgres set log_statement = 'all'");
    const counts = async () => statementsOf(log());
    return { port: Number(address.split(':')[1]), counts, stop };
  }
  const counts: Record<string, { calls: number; failed: number }> = {};
  const count = (name: string, fails: boolean) => {
    const { calls, failed } = counts[name] ?? { calls: 0, failed: 0 };
    counts[name] = { calls: calls + 1, failed: failed + (fails ? 1 : 0) };
  };
  if (server === 'mongodb') {
    const { port, asked, stop } = await startMongo(packages[0] ?? '');
    const all = async () => {
      for (const [command, collection] of asked) count(methods[command] ?? command, collection === 'duplicates');
      return counts;
    };
    return { port, counts: all, stop };
  }
  const { port, asked, stop } = await startMysql(packages.find((name) => name.startsWith('mysql2@')) ?? '');
  return {
    port,
    counts: async () => {
      for (const statement of asked) {
        const verb =
          statement
            .replaceAll(/--.*\n|\/\*.*\*\/|\(/g, '')
            .trim()
            .split(/\W/)[0]
            ?.toUpperCase() ?? '';
        count(verb === 'BOGUS' ? 'other' : verb, statement.includes('duplicates'));
      }
      return counts;
    },
    stop,
  };
}

/** What Redis itself counted, but for what belongs to connecting and what the test sends. */
async function commandsOf(port: number): Promise<Record<string, { calls: number; failed: number }>> {
  const cli = redis.replace(/redis-server$/, 'redis-cli');
  const { stdout } = await execa(cli, ['-p', String(port), 'INFO', 'commandstats']);
  const lines = [...stdout.matchAll(/^cmdstat_(\w+):calls=(\d+),.*failed_calls=(\d+)/gm)];
  const counted = lines.map(([, name = '', calls, failed]) => {
    return [name.toUpperCase(), { calls: Number(calls), failed: Number(failed) }] as const;
  });
  return Object.fromEntries(counted.filter(([name]) => !notCompared.includes(name)));
}

/** What Postgres itself wrote of the statements that it was given, but for what the test sends. */
function statementsOf(log: string): Record<string, { calls: number; failed: number }> {
  const counts: Record<string, { calls: number; failed: number }> = {};
  for (const [, verb = ''] of log.matchAll(/LOG: {2}(?:statement|execute [^:]*): (?:\/\*.*\*\/)?(\w+)/g)) {
    const name = verb.toUpperCase();
    const { calls, failed } = counts[name] ?? { calls: 0, failed: 0 };
    counts[name] = { calls: calls + 1, failed };
  }
  for (const [, verb = ''] of log.matchAll(/ERROR: .*\n(?:.*DETAIL: .*\n)?.*STATEMENT: {2}(\w+)/g)) {
    const name = verb.toUpperCase();
    const { calls = 0, failed = 0 } = counts[name] ?? {};
    counts[name] = { calls, failed: failed + 1 };
  }
  return counts;
}

/** Those of ioredis' check of readiness, which the test sends too, and what still waits. */
const notCompared = ['CLIENT', 'HELLO', 'COMMAND', 'INFO', 'QUIT', 'BLPOP'];

/** `operation address port error` of what arrived, with its count. */
async function arrived(instance: string, targets: Readonly<Record<string, number>>): Promise<Record<string, number>> {
  const { body } = await collector.scrape('suna');
  expect(body).not.toContain('alice');
  const found: Record<string, number> = {};
  for (const line of body.split('\n')) {
    const [, labels = '', count] =
      /^db_client_operation_duration_seconds_count\{(.*)\} (\d+)$/.exec(line)?.map(String) ?? [];
    if (!labels.includes(instance)) continue;
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '-';
    const name = Object.entries(targets).find(([, port]) => String(port) === label('server_port'))?.[0];
    const key = [label('db_operation_name'), label('server_address'), name, label('error_type')].join(' ');
    if (!['INFO', 'QUIT'].includes(label('db_operation_name'))) found[key] = Number(count);
  }
  return found;
}

/** How many connections pools gave, by their target. */
async function given(instance: string): Promise<string[]> {
  const { body } = await collector.scrape('suna');
  return body
    .split('\n')
    .filter((line) => line.startsWith('db_client_connection_wait_time_seconds_count') && line.includes(instance))
    .map((line) => line.replaceAll(/^.*?\{|(instance|job|service)="[^"]*",?/g, '').replace(/,?\}/, ''));
}

async function compare(database: Database, version?: string): Promise<void> {
  const { packages, program, named, beyond = {} } = database;
  const app = await application(folder, packages, [`databases/${program}`, 'databases/ended.cjs']);
  const { port, counts, stop } = await server(database);
  const targets = { server: port, dropping: portOf(dropping), refused: await getPort() };
  const password = 'of-a-test';
  const instance = randomUUID();
  const service = run(
    ['--require', preload, join(app, program), JSON.stringify({ port, password, ...targets })],
    {
      ...(named && { ONYX_INSTRUMENTATION: named }),
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    },
    app,
    version === undefined ? undefined : await node(version),
  );
  await Promise.race([service.port, service.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
  service.child.send('end');
  expect(await service.ended).toMatchObject({ code: 0, signal: null });

  const expected: Record<string, number> = { ...beyond };
  // The programs ask the server by its address once.
  const byAddress = database.server === 'redis' ? 'GET' : 'DELETE';
  const counted = await counts();
  for (const [name, { calls, failed }] of Object.entries(counted)) {
    const other = database.beyond !== undefined && name === byAddress ? 1 : 0;
    if (inTransaction(database, name)) continue;
    const good = calls - failed - other;
    if (good > 0) expected[`${name} localhost server -`] = good;
    if (other > 0) expected[`${name} other server -`] = other;
    const code = name === 'INSERT' ? refused[database.server] : codes[name];
    if (failed > 0) expected[`${name} localhost server ${code}`] = failed;
  }
  expect(await arrived(instance, targets)).toEqual(expected);
  if (program === 'mysql2.cjs') {
    // Its program has two connections that belong to no pool, with a statement each.
    const ofPool = Object.values(counted).reduce((sum, { calls }) => sum + calls, -2);
    expect(await given(instance)).toEqual([
      `db_system_name="mysql",server_address="localhost",server_port="${port}" ${ofPool}`,
    ]);
  }
  await stop();
}

/** What node-redis publishes as one operation. */
function inTransaction({ program }: Database, name: string): boolean {
  return program === 'node-redis.cjs' && ['APPEND', 'EXEC'].includes(name);
}

/** What a program leaves behind in which an operation fails, and nothing handles that. */
async function leaves(app: string, args: readonly string[], preloads: readonly string[], binary: string) {
  const { exitCode, stdout, stderr } = await execa(binary, [...preloads, join(app, 'unhandled.cjs'), ...args], {
    env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp },
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

const versions = databases.map((database) => ({ ...database, version: database.packages.slice(0, 2).join(' on ') }));

// Their packages may have to be installed first.
describe('the preload', { timeout: 300_000 }, () => {
  it.each(versions)('counts what a server of $version counted, by operation, target and error', (database) =>
    compare(database),
  );

  it.each(['18.19.0', '22.23.3', '24.9.0', '26.10.0'])('counts the same on Node %s', async (version) => {
    for (const name of ['ioredis', 'mysql2']) {
      const [newest] = databases.filter((database) => database.name === name);
      if (newest !== undefined) await compare(newest, version);
    }
  });
});

describe('an operation that fails and that nothing handles', { timeout: 300_000 }, () => {
  it.each([
    ['ioredis', 'ioredis@6.0.0', { command: 1, 'command that waits for its connection': 1, pipeline: 0 }],
    ['node-redis', '@redis/client@6.3.1', { command: 1, transaction: 1, connection: 1 }],
    ['mysql2', mysql, { query: 1, 'prepared statement': 1, promise: 1, connection: 1 }],
  ] as const)('ends a process with %s as it does without the preload', async (name, driver, ways) => {
    const app = await application(folder, [driver], ['databases/unhandled.cjs']);
    const { port, stop } = await server({ server: name === 'mysql2' ? 'mysql' : 'redis', packages: [driver] });
    for (const binary of [process.execPath, await node('26.10.0')]) {
      for (const [way, exitCode] of Object.entries(ways)) {
        const args = [name, way, String(port)];
        const bare = await leaves(app, args, [], binary);
        expect(bare, way).toMatchObject({ exitCode });
        expect(await leaves(app, args, ['--require', preload], binary), way).toEqual(bare);
      }
    }
    await stop();
  });
});

it('the guide lists the libraries that are tested, and those that publish nothing', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../../docs/guides/recording-metrics.md'), 'utf8');
  expect(withDatabases(guide)).toBe(guide);
});
