// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { changes } from '../../grafana/src/signals/starts.ts';
import { type CoreService, coreServices, lineBudget } from '../../otel/src/catalogue/catalogue.ts';
import { totals } from '../../services/load/ledger.ts';
import type { ProcessName } from '../../services/native/stack/platform.ts';
import { type Stack, startStack } from '../../services/native/stack/stack.ts';
import { Witness } from '../soak/witness.ts';
import { PrometheusApi } from './prometheus-api.ts';
import { tellRemains } from './remains.ts';

/** The rows of the truth table in docs/guides/collector.md, one after the other on one platform. Each ends with all six up. */

const all = (value: number) => Object.fromEntries(coreServices.map((name) => [name, value]));
/** A sender is forgotten after ten seconds here, LiteLLM takes as long to start, and the machine may be busy. */
const soon = { timeout: 60_000, interval: 250 };

let stack: Stack;
let prometheus: PrometheusApi;

const onUnexpectedEnd = tellRemains(() => stack);

beforeAll(async () => {
  const intervals = { scrape: 1, export: 1, collection: 1, evaluation: 1 };
  stack = await startStack({ ports: 'free', intervals, onUnexpectedEnd });
  prometheus = new PrometheusApi(stack.urls.prometheus);
  await vi.waitFor(async () => expect(await up()).toEqual(all(1)), soon);
}, 300_000);
afterAll(() => stack?.stop(), 60_000);

/** `onyx:service_up` by service; those it says nothing about are missing. */
async function up(): Promise<Record<string, number>> {
  const samples = await prometheus.query('onyx:service_up');
  return Object.fromEntries(samples.map(({ labels, value }) => [labels.service, value]));
}

async function administer(...statements: string[]): Promise<void> {
  const client = new Client(stack.postgres);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** What the role of the collector is answered. */
async function asCollector(statement: string): Promise<object[]> {
  const password = await readFile(join(stack.secretsDir, 'postgres_metrics_password'), 'utf8');
  const client = new Client({ ...stack.postgres, user: 'onyx_metrics', password });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Services with what happens to them and how it ends. */
type Faults = Partial<Record<CoreService, { begin(): Promise<void>; end(): Promise<void> }>>;

/** Each of these services is down until its fault ends, and the others are up throughout. */
async function onlyDown(faults: Faults): Promise<void> {
  const began = Date.now();
  const down = Object.fromEntries(Object.keys(faults).map((service) => [service, 0]));
  const suffer = Object.entries(faults).map(async ([service, { begin, end }]) => {
    await begin();
    try {
      await expect.poll(up, soon).toMatchObject({ [service]: 0 });
    } finally {
      await end();
    }
  });
  await Promise.all(suffer);
  await expect.poll(up, soon).toEqual(all(1));
  const lowest = await prometheus.query(`min_over_time(onyx:service_up${since(began)})`);
  expect(Object.fromEntries(lowest.map(({ labels, value }) => [labels.service, value]))).toEqual({
    ...all(1),
    ...down,
  });
}

/** A range selector. */
const since = (began: number) => `[${Math.ceil((Date.now() - began) / 1000)}s]`;

function killed(name: Exclude<ProcessName, 'canary'>) {
  const process = stack.processes[name];
  return { begin: () => process.stop('SIGKILL'), end: () => process.start() };
}

function frozen(name: Exclude<ProcessName, 'canary'>) {
  const { pid } = stack.processes[name];
  const send = async (signal: NodeJS.Signals) => void process.kill(pid as number, signal);
  return { begin: () => send('SIGSTOP'), end: () => send('SIGCONT') };
}

describe('all is well', () => {
  test('the health URL of each service with one is probed', async () => {
    const probes = async () =>
      Object.fromEntries(
        (await prometheus.query('httpcheck_status')).map(({ labels, value }) => [labels.target, value]),
      );
    await expect.poll(probes, soon).toEqual({ suna: 1, onyx: 1, qdrant: 1, litellm: 1 });
  });

  test('every service was heard of a moment ago, and the age of what was heard is known', async () => {
    const ages = await prometheus.query('onyx:service_freshness_seconds');
    expect(ages.map(({ labels }) => labels.service).sort()).toEqual([...coreServices].sort());
    for (const { labels, value } of ages) expect(value, labels.service).toBeLessThan(10);
  });

  test('Redis and Postgres are read, a series for each database, and none for tables', async () => {
    expect(await prometheus.scalar('redis_uptime_seconds_total > 0')).toBeGreaterThan(0);
    expect(await prometheus.scalar('postgresql_backends{database="postgres"}')).toBeGreaterThan(0);
    expect(await prometheus.query('{__name__=~"postgresql_(table|index)_(size|scans|vacuum).*"}')).toEqual([]);
  });

  test('numbers of the business are those of the tables', async () => {
    await administer(
      "INSERT INTO users (id) VALUES ('ann'), ('ben')",
      "INSERT INTO chat_messages (user_id, model, success, vector_count, seconds) SELECT id, 'm', true, 1, 1 FROM users",
      "INSERT INTO tasks (id, task_type, items, created_at) VALUES (gen_random_uuid(), 'export', 1, now() - interval '1 hour')",
    );
    const numbers = async () => ({
      users: await prometheus.scalar('onyx_active_users{window="1d"}'),
      documents: await prometheus.scalar('sum(onyx_documents)'),
      queue: await prometheus.scalar('onyx_queue_depth'),
      hours: Math.floor((await prometheus.scalar('onyx_backlog_age_seconds')) / 3600),
    });
    const client = new Client(stack.postgres);
    await client.connect();
    const { rows } = await client.query('SELECT count(*)::int AS documents FROM documents').finally(() => client.end());
    await expect.poll(numbers, soon).toEqual({ users: 2, ...rows[0], queue: 1, hours: 1 });
    await administer('DELETE FROM tasks', 'DELETE FROM chat_messages', 'DELETE FROM users');
  });

  test("the collector's role reads statistics and sums, and no row of a table", async () => {
    expect(await asCollector('SELECT state, count FROM onyx_metrics.documents')).not.toEqual([]);
    expect(await asCollector('SELECT datname FROM pg_stat_database')).not.toEqual([]);
    for (const table of ['users', 'documents', 'chat_messages', 'tasks'])
      await expect(asCollector(`SELECT * FROM public.${table}`)).rejects.toThrow(
        `permission denied for table ${table}`,
      );
    await expect(asCollector('CREATE TABLE mine (id int)')).rejects.toThrow('read-only transaction');
  });

  test('nothing of it listens beyond the loopback address', async () => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((found) => found ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    const urls = Object.values(stack.urls).flatMap((url) => (typeof url === 'string' ? url : Object.values(url)));
    const ports = [...urls.map((url) => Number(new URL(url).port)), stack.postgres.port, stack.redisPort];
    for (const { address } of addresses) {
      for (const port of ports) {
        const socket = connect({ host: address, port, timeout: 2000 });
        await expect(once(socket, 'connect'), `${address}:${port}`).rejects.toThrow('ECONNREFUSED');
        socket.destroy();
      }
    }
  });
});

describe('a service is down, the others do not notice', () => {
  test.each([
    ['onyx', 'onyx'],
    ['qdrant', 'qdrant'],
    ['supabase', 'postgres'],
    ['redis', 'redis'],
  ] as const)('process dead: %s', (service, name) => onlyDown({ [service]: killed(name) }));

  test('process dead: suna, and what changed is its new start alone', async () => {
    const [{ expr }] = changes.queries;
    const rows = () => prometheus.query(expr);
    const others = async () => (await rows()).filter(({ labels }) => labels.service === 'onyx');
    const before = await others();
    expect(before).toHaveLength(1);
    const began = Math.floor(Date.now() / 1000) * 1000;
    await onlyDown({ suna: killed('suna') });
    const suna = async () => (await rows()).flatMap(({ labels, value }) => (labels.service === 'suna' ? [value] : []));
    await expect.poll(suna, soon).toEqual([expect.toSatisfy((value: number) => value >= began && value <= Date.now())]);
    expect(await others()).toEqual(before);
  });

  test('process dead: litellm; frozen: suna, qdrant and redis', () =>
    onlyDown({ litellm: killed('litellm'), suna: frozen('suna'), qdrant: frozen('qdrant'), redis: frozen('redis') }));

  test('receiver failing: Postgres works, but refuses the role that reads its statistics', async () => {
    const disconnect = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'onyx_metrics'";
    const begin = () => administer('ALTER ROLE onyx_metrics NOLOGIN', disconnect);
    await onlyDown({ supabase: { begin, end: () => administer('ALTER ROLE onyx_metrics LOGIN') } });
  });
});

describe('nobody knows', () => {
  test('scrape refused: with a wrong password nothing is said about any service, and nothing was down', async () => {
    const file = join(stack.secretsDir, 'metrics_password');
    const began = Date.now();
    await writeFile(file, 'wrong');
    await expect.poll(up, soon).toEqual({});
    await writeFile(file, stack.credentials.metrics.password);
    await expect.poll(up, soon).toEqual(all(1));
    expect(await prometheus.scalar(`min(min_over_time(onyx:service_up${since(began)}))`)).toBe(1);
  });

  test('Prometheus dead: it answers nothing; after its restart the history is there, and nothing was down', async () => {
    const began = Date.now();
    const before = await prometheus.query('count_over_time(onyx:service_up[10m])');
    const { prometheus: process } = stack.processes;
    await process.stop('SIGKILL');
    await expect(up()).rejects.toThrow('ECONNREFUSED');
    await process.start();
    await expect.poll(up, soon).toEqual(all(1));
    const kept = async () => {
      const after = await prometheus.query('count_over_time(onyx:service_up[10m])');
      return before.filter(({ labels, value }) =>
        after.some((sample) => sample.labels.service === labels.service && sample.value > value),
      );
    };
    await expect.poll(kept, soon).toEqual(before);
    expect(await prometheus.scalar(`min(min_over_time(onyx:service_up${since(began)}))`)).toBe(1);
  });

  test('collector dead under load, then restarted: unknown, not down; every count is exact and no counter looks reset', async () => {
    const { collector } = stack.processes;
    const query = {
      chats: 'sum(onyx_chat_duration_seconds_count)',
      tasks: 'sum(onyx_task_completion_total)',
      searches: 'sum(onyx_rag_retrieval_duration_seconds_count)',
    };
    const counts = async () => {
      const values = Object.entries(query).map(async ([name, expression]) => [
        name,
        (await prometheus.scalar(expression)) || 0,
      ]);
      return Object.fromEntries(await Promise.all(values)) as Record<keyof typeof query, number>;
    };
    const before = await counts();
    const began = Date.now();
    const witness = new Witness(stack.urls.suna, 6, 0.05);
    await expect.poll(() => witness.chats.length, soon).toBeGreaterThan(10);
    await collector.stop('SIGKILL');
    await expect.poll(up, soon).toEqual({});
    await collector.start();
    await expect.poll(up, soon).toEqual(all(1));
    await witness.stop();
    const { chats, tasks, searches } = totals({ chats: witness.chats, tasks: witness.tasks, agents: [] });
    expect(chats).toBeGreaterThan(10);
    await expect
      .poll(counts, soon)
      .toEqual({ chats: before.chats + chats, tasks: before.tasks + tasks, searches: before.searches + searches });
    // Once more, so short that no scrape need fail.
    await collector.stop('SIGKILL');
    const back = Date.now() / 1000;
    await collector.start();
    const core = `{service=~"${coreServices.join('|')}"}`;
    const heard = () => prometheus.scalar(`min(onyx_sender_last_seen_timestamp_seconds${core})`);
    await expect.poll(heard, soon).toBeGreaterThan(back);
    await expect.poll(up, soon).toEqual(all(1));
    const range = since(began);
    expect(await prometheus.scalar(`sum(resets(onyx_chat_duration_seconds_count${range}))`)).toBe(0);
    expect(await prometheus.scalar(`min(min_over_time(onyx:service_up${range}))`)).toBe(1);
  });
});

test('every endpoint stays within its budget of lines', async () => {
  const lines = await prometheus.query('max by (service) (max_over_time(scrape_samples_scraped{service!=""}[10m]))');
  expect(lines).toHaveLength(8);
  for (const { labels, value } of lines) expect(value, labels.service).toBeLessThanOrEqual(lineBudget);
});
