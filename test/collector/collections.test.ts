// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectionCourse, collectionResult, collectionSize } from '../../grafana/src/signals/collections.ts';
import { readSettings, root } from '../../services/native/environment.ts';
import { redisServer } from '../../services/native/programs/redis.ts';
import { postgresPrograms } from '../../services/native/stack/postgres.ts';
import { Prometheus as Asked } from '../../services/prometheus/prometheus.ts';
import { scrapeTime } from '../../services/verify/checks/scrape-time.ts';
import { filled } from '../../services/verify/expression.ts';
import { oddities } from '../../services/verify/oddities.ts';
import { Platform } from '../../services/verify/platform.ts';
import { readSettings as readSettingsOfVerify } from '../../services/verify/settings-file.ts';
import { type Collector, startCollector, writeSecrets } from './helpers/collector.ts';
import { counter, gauge, send } from './helpers/otlp.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';
import { type Postgres, startPostgres, startRedis } from './helpers/stores.ts';

/** The time to read a service is kept, shown and judged: of four stand-ins with given delays. */

const slow = 60;
const answer = `# TYPE litellm_spend_metric_total counter\n${Array.from({ length: 300 }, (_, model) => `litellm_spend_metric_total{model="m${model}"} 1\n`).join('')}`;

let secrets: Awaited<ReturnType<typeof writeSecrets>>;
let litellm: Server;
let redis: Awaited<ReturnType<typeof startRedis>>;
let postgres: Postgres;
let collector: Collector;
let prometheus: Prometheus;

beforeAll(async () => {
  secrets = await writeSecrets();
  await writeFile(join(secrets.folder, 'redis_password'), '');
  litellm = createServer(async (_request, response) => {
    await delay(slow);
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(answer);
  });
  await once(litellm.listen(0, '127.0.0.1'), 'listening');
  [redis, postgres] = await Promise.all([
    startRedis({ program: await redisServer(readSettings()), env: {} }),
    startPostgres(await postgresPrograms()),
  ]);
  await postgres.run(
    await readFile(join(root, 'collector-config/postgres/role.sql'), 'utf8'),
    "ALTER ROLE onyx_metrics PASSWORD 'unused'",
  );
  collector = await startCollector({
    ONYX_SECRETS_DIR: secrets.folder,
    ONYX_LITELLM_TARGET: `127.0.0.1:${(litellm.address() as AddressInfo).port}`,
    ONYX_REDIS_TARGET: redis.address,
    ONYX_POSTGRES_TARGET: postgres.address,
  });
  prometheus = await startPrometheus({ ...collector, password: secrets.password });
}, 120_000);

afterAll(async () => {
  await prometheus?.stop();
  await collector?.stop();
  await Promise.all([redis?.stop(), postgres?.stop()]);
  litellm?.close();
  await secrets?.remove();
});

async function byService(expression: string): Promise<Record<string, number>> {
  const found = await prometheus.query(filled(expression, 5));
  return Object.fromEntries(found.map(({ metric, value }) => [metric.service, Number(value?.[1])]));
}

test('how long it takes to read each of them', async () => {
  const times = () => byService(collectionCourse.queries[0].expr);
  await expect.poll(times).toMatchObject({
    litellm: expect.any(Number),
    qdrant: expect.any(Number),
    redis: expect.any(Number),
    supabase: expect.any(Number),
  });
  const { litellm, redis, supabase } = await times();
  expect(litellm).toBeGreaterThanOrEqual(slow / 1000);
  // Redis needs microseconds for INFO, Postgres milliseconds for its views.
  for (const seconds of [redis, supabase]) {
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(5);
  }
});

test('a Postgres that answers slowly shows: a table is locked whose size the receiver asks for', async () => {
  const longest = async () =>
    (await byService('max_over_time(onyx_collection_duration_seconds{service="supabase"}[1m])')).supabase;
  expect(await longest()).toBeLessThan(0.4);
  await postgres.run('CREATE TABLE busy ()');
  const locked = async () => {
    await postgres.run('BEGIN', 'LOCK busy', 'SELECT pg_sleep(0.8)', 'COMMIT');
    return longest();
  };
  await expect.poll(locked).toBeGreaterThan(0.4);
});

test('how much each says', async () => {
  await expect
    .poll(() => byService(collectionSize.queries[0].expr))
    .toMatchObject({
      litellm: 300,
      qdrant: 0,
      redis: expect.any(Number),
      supabase: expect.any(Number),
    });
  await expect
    .poll(() => byService('onyx_collection_size_bytes{service="litellm"}'))
    .toEqual({ litellm: answer.length });
});

test('whether it could be read, and that nobody can say so in its place', async () => {
  const results = () => byService(collectionResult.queries[0].expr);
  await expect.poll(results).toMatchObject({ litellm: 1, qdrant: 0, redis: 1, supabase: 1 });
  await send(collector.otlp, { service: 'liar' }, [
    gauge('onyx_collection_duration_seconds', [{ value: 9 }]),
    counter('onyx_collections_total', [{ value: 9 }]),
    counter('told_total', [{ value: 1 }]),
  ]);
  const { body } = await collector.scrape('apps', `prometheus:${secrets.password}`);
  expect(body).toContain('told_total{');
  expect(body).not.toMatch(/^onyx_collection/m);
});

test('a service that cannot be read is down, however long that took', async () => {
  // Its collections fail in no time, and are counted: the heartbeat is not theirs.
  const { body } = await collector.scrape('qdrant', `prometheus:${secrets.password}`);
  expect(body).toMatch(/^onyx_collection_duration_seconds\{.*\} /m);
  expect(body).not.toContain('onyx_sender_last_seen_timestamp_seconds');
});

test('`npm run verify` judges it', async () => {
  const settings = readSettingsOfVerify(undefined, { prometheus: { url: prometheus.url } });
  const rows = await scrapeTime.run(new Platform(settings, AbortSignal.timeout(60_000)));
  const row = rows.find(({ subject }) => subject === 'litellm, as the collector reads it');
  expect(row).toMatchObject({
    measured: expect.stringMatching(/^p95 \d+\.\d ms in 15 minutes, 300 lines, \d+ bytes$/),
  });
  expect(JSON.stringify(row)).toContain('prometheus_metrics_config');
});

test('and names a Postgres whose database the role may not enter, with the line that leaves it out', async () => {
  await postgres.run('CREATE DATABASE private', 'REVOKE CONNECT ON DATABASE private FROM PUBLIC');
  const named = async () => {
    const found = await oddities(new Asked({ url: prometheus.url }, AbortSignal.timeout(20_000)));
    return found.filter(({ subject }) => subject === 'points of postgresql not read');
  };
  const lines = expect.stringContaining('exclude_databases: [');
  await expect.poll(named).toEqual([expect.objectContaining({ verdict: 'pass', lines })]);
});
