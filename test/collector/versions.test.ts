// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { seriesOf } from '../../services/verify/expected-series.ts';
import { startCollector, writeSecrets } from './helpers/collector.ts';
import {
  dragonflyVersion,
  hasServers,
  pooledVersions,
  pooler,
  postgresOf,
  postgresVersions,
  redisOf,
  redisVersions,
} from './helpers/servers.ts';
import { startPooler, startPostgres, startRedis } from './helpers/stores.ts';
import { samples } from './helpers/targets.ts';
import { withVersions } from './helpers/versions-table.ts';

/** Every version is read alike: what boards read of a store is there, and says what the store says. */

const absent = "Debian's packages are not to be had";

async function collectorOf(targets: Readonly<Record<string, string>>) {
  const secrets = await writeSecrets();
  onTestFinished(secrets.remove);
  await writeFile(join(secrets.folder, 'redis_password'), '');
  const collector = await startCollector({ ONYX_SECRETS_DIR: secrets.folder, ...targets });
  onTestFinished(async () => void (await collector.stop()));
  return async (endpoint: 'redis' | 'supabase' | 'infra') =>
    samples((await collector.scrape(endpoint, `prometheus:${secrets.password}`)).body);
}

type Read = Awaited<ReturnType<typeof collectorOf>>;

/** Names boards read and an endpoint lacks. The machine's own are elsewhere. */
async function lacking(read: Read, endpoint: 'redis' | 'supabase'): Promise<string[]> {
  const found = new Set((await read(endpoint)).map(([name]) => name));
  return seriesOf(endpoint).filter((name) => !found.has(name) && !name.startsWith('system_'));
}

const shownBy = (all: Awaited<ReturnType<Read>>, name: string, labels: Readonly<Record<string, string>> = {}) =>
  all.find(([each, has]) => each === name && Object.entries(labels).every(([key, value]) => has[key] === value))?.[2];

describe.runIf(hasServers)('Postgres', () => {
  const role = readFile(join(root, 'collector-config/postgres/role.sql'), 'utf8');

  test.each(postgresVersions)(
    "%s, managed: its administrator is no superuser, and one database is nobody's",
    async (version) => {
      const postgres = await startPostgres(await postgresOf(version));
      onTestFinished(postgres.stop);
      await postgres.run(
        "CREATE ROLE admin CREATEROLE LOGIN PASSWORD 'unused'",
        'GRANT pg_monitor TO admin WITH ADMIN OPTION',
        'CREATE DATABASE rdsadmin',
        'REVOKE CONNECT ON DATABASE rdsadmin FROM PUBLIC',
      );
      await postgres.run('SET ROLE admin', await role, "ALTER ROLE onyx_metrics PASSWORD 'unused'");
      const read = await collectorOf({ ONYX_POSTGRES_TARGET: postgres.address });
      await expect.poll(() => lacking(read, 'supabase')).toEqual([]);
      const errors = async () =>
        shownBy(await read('infra'), 'onyx_collection_errors_total', { receiver: 'postgresql' });
      await expect.poll(errors).toBe(0);
      expect(shownBy(await read('supabase'), 'postgresql_db_size_bytes', { database: 'postgres' })).toBeGreaterThan(
        5e6,
      );
      // A database of another owner that the role may not enter is counted, and all else still read.
      await postgres.run('CREATE DATABASE private', 'REVOKE CONNECT ON DATABASE private FROM PUBLIC');
      await expect.poll(errors).toBeGreaterThan(0);
      expect(await lacking(read, 'supabase')).toEqual([]);
    },
  );

  test('16 and newer: who may not pass pg_monitor on is told so, and the role reads all the same', async () => {
    const postgres = await startPostgres(await postgresOf('18.4'));
    onTestFinished(postgres.stop);
    await postgres.run("CREATE ROLE admin CREATEROLE LOGIN PASSWORD 'unused'");
    const notices = await postgres.run('SET ROLE admin', await role, "ALTER ROLE onyx_metrics PASSWORD 'unused'");
    expect(notices).toEqual([
      'pg_monitor is not granted: sizes of databases that onyx_metrics may not enter stay unknown',
    ]);
    const read = await collectorOf({ ONYX_POSTGRES_TARGET: postgres.address });
    await expect.poll(() => lacking(read, 'supabase')).toEqual([]);
  });

  test.for(pooledVersions)('%s behind a pooler in transaction mode', async (version, { skip }) => {
    const found = await pooler();
    if (found === undefined) return skip(absent);
    const postgres = await startPostgres(await postgresOf(version));
    onTestFinished(postgres.stop);
    await postgres.run(await role, "ALTER ROLE onyx_metrics PASSWORD 'unused'");
    const pooled = await startPooler(found, postgres, 'onyx_metrics', 'unused');
    onTestFinished(pooled.stop);
    const read = await collectorOf({ ONYX_POSTGRES_TARGET: pooled.address });
    await expect.poll(() => lacking(read, 'supabase')).toEqual([]);
  });
});

describe.runIf(hasServers)('what speaks as Redis does', () => {
  test.for(redisVersions)('%s', async (version, { skip }) => {
    const server = await redisOf(version);
    if (server === undefined) return skip(absent);
    const redis = await startRedis(server, ['--maxmemory', '67108864']);
    onTestFinished(redis.stop);
    const read = await collectorOf({ ONYX_REDIS_TARGET: redis.address });
    await expect.poll(() => lacking(read, 'redis')).toEqual([]);
    const all = await read('redis');
    expect(shownBy(all, 'redis_maxmemory_bytes')).toBe(67_108_864);
    expect(shownBy(all, 'redis_clients_connected')).toBeGreaterThan(0);
    // The first INFO is counted in the second.
    await expect.poll(async () => shownBy(await read('redis'), 'onyx_collections_total')).toBeGreaterThan(0);
  });
});

/** What Dragonfly says to INFO, as its documents and reports of users have it; no registry has its server. */
const dragonfly = [
  ...[
    '# Server',
    'redis_version:7.4.0',
    `dragonfly_version:df-v${dragonflyVersion}`,
    'redis_mode:standalone',
    'tcp_port:6379',
  ],
  ...['uptime_in_seconds:9763', 'uptime_in_days:0', '', '# Clients', 'connected_clients:6', 'max_clients:64000'],
  ...['blocked_clients:1', '', '# Memory', 'used_memory:763690576', 'used_memory_human:728.31MiB'],
  ...['used_memory_peak:763690576', 'used_memory_rss:1562243072', 'maxmemory:1599999180', 'used_memory_lua:0'],
  ...['cache_mode:cache', 'maxmemory_policy:eviction', '', '# Stats', 'total_connections_received:1965'],
  ...[
    'total_commands_processed:6240',
    'instantaneous_ops_per_sec:1',
    'total_net_input_bytes:678',
    'rejected_connections:-1',
  ],
  ...['expired_keys:4', 'evicted_keys:3', 'keyspace_hits:450', 'keyspace_misses:9', '', '# Replication', 'role:master'],
  ...['connected_slaves:0', '', '# Commandstats', 'cmdstat_info:calls=5,usec=500,usec_per_call=100', ''],
  ...['# Keyspace', 'db0:keys=450,expires=0,avg_ttl=-1', ''],
].join('\r\n');

test('Dragonfly, by what it says to INFO', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      // Everything else a client asks first it knows as little as an old server does.
      for (const command of data.toString().split(/(?=\*\d)/))
        socket.write(
          /\binfo\b/i.test(command)
            ? `$${Buffer.byteLength(dragonfly)}\r\n${dragonfly}\r\n`
            : '-ERR unknown command\r\n',
        );
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const read = await collectorOf({ ONYX_REDIS_TARGET: `127.0.0.1:${port}` });
  await expect.poll(() => lacking(read, 'redis')).toEqual([]);
  const all = await read('redis');
  expect(shownBy(all, 'redis_memory_used_bytes')).toBe(763_690_576);
  expect(shownBy(all, 'redis_keys_evicted_total')).toBe(3);
  expect(shownBy(all, 'onyx_collection_busy_seconds_total')).toBeCloseTo(0.0005, 9);
});

test('the guide says which versions are tried, as `npm run generate` writes it', async () => {
  const guide = await readFile(join(root, 'docs/guides/add-a-target.md'), 'utf8');
  expect(guide).toBe(withVersions(guide));
});
