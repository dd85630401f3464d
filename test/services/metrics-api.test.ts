// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import express from 'express';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { health } from '../../services/metrics-api/health.ts';
import { type MetricsApiOptions, metricsApi } from '../../services/metrics-api/router.ts';
import { summary } from '../../services/metrics-api/summary.ts';
import { basic } from '../../services/prometheus/http-endpoint.ts';
import { type Prometheus, startPrometheus } from '../collector/helpers/prometheus.ts';
import { comparisons } from '../comparisons.ts';
import { folderOfTest } from '../folder.ts';
import { listening } from './listening.ts';
import { deviations, operations } from './metrics-api.ts';

let prometheus: Prometheus;

beforeAll(async () => {
  prometheus = await startPrometheus();
});
afterAll(() => prometheus?.stop());

const credentials = { username: 'admin', password: 'a password' };
const authorization = (username: string, password: string) => ({
  authorization: basic(`${username}:${password}`),
});

/** The API mounted in an application; asks it with the right credentials unless told otherwise. */
async function mounted(options: Partial<MetricsApiOptions>) {
  const api = metricsApi({ prometheus: { url: prometheus.url }, ...credentials, ...options });
  const url = await listening(express().use('/api/metrics', api));
  return async (path: string, headers: Record<string, string> = authorization('admin', 'a password')) => {
    const response = await fetch(`${url}/api/metrics${path}`, { headers });
    // biome-ignore lint/suspicious/noExplicitAny: its shape is what openapi.yaml is asked about.
    const body: any = await response.json();
    expect(deviations(path, response.status, response.headers.get('content-type'), body)).toEqual([]);
    return { status: response.status, headers: response.headers, body };
  };
}

test('the folders that the guide says to copy are all that it needs', async () => {
  const root = join(import.meta.dirname, '../..');
  const [, copies = ''] =
    /with copies of (.+) in one folder/.exec(await readFile(join(root, 'docs/guides/metrics-api.md'), 'utf8')) ?? [];
  const folder = folderOfTest();
  for (const [, name = ''] of copies.matchAll(/`services\/([\w-]+)`/g))
    await cp(join(root, 'services', name), join(folder, name), { recursive: true });
  const entryPoints = [join(folder, 'metrics-api/router.ts')];
  const { errors } = await build({ entryPoints, bundle: true, write: false, packages: 'external', format: 'esm' });
  expect(errors).toEqual([]);
});

test('a Prometheus that has scraped nothing is asked, and knows nothing', async () => {
  const ask = await mounted({});
  const { status, body } = await ask('/health');
  expect({ status, body: body.status }).toEqual({ status: 200, body: 'unknown' });
  expect((await ask('/summary')).body.chats.per_second).toBeNull();
});

test.each(operations)(
  '%s without credentials, or with wrong ones, is refused before Prometheus is asked',
  async (path) => {
    const ask = await mounted({ prometheus: { url: 'http://127.0.0.1:1' } });
    for (const headers of [{}, authorization('admin', 'another'), authorization('nobody', 'a password')]) {
      const answer = await ask(path, headers);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="metrics"');
    }
  },
);

test('credentials are compared in constant time: digests of one length, however much of a guess is right', async () => {
  const ask = await mounted({});
  const compared = comparisons();
  const guesses = ['a password', 'a passworD', 'a'].map((guess) => authorization('admin', guess));
  for (const headers of [...guesses, {}]) await ask('/health', headers);
  expect(compared()).toEqual(Array(4).fill([32, 32]));
});

test.each(operations)('%s is 503 when Prometheus is away, and says no more than that', async (path) => {
  const ask = await mounted({ prometheus: { url: `http://127.0.0.1:${await getPort()}` } });
  expect(await ask(path)).toMatchObject({ status: 503, body: { error: 'Prometheus cannot be asked' } });
});

test.each(operations)('%s is 504 when Prometheus takes the question and does not answer in time', async (path) => {
  const silent = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const ask = await mounted({ prometheus: { url }, timeout: 0.2 });
  expect(await ask(path)).toMatchObject({ status: 504, body: { error: 'Prometheus did not answer within 0.2 s' } });
});

test('fifty questions within the cache time are one question to Prometheus', async () => {
  let asked = 0;
  const counting = express().use((_req, res) => {
    asked += 1;
    res.json({ data: { result: [] } });
  });
  const ask = await mounted({ prometheus: { url: await listening(counting) } });
  await Promise.all(Array.from({ length: 50 }, (_, index) => ask(operations[index % 2] as string)));
  expect(asked).toBe(1);
});

test('a failure is not kept: the next question is asked again', async () => {
  let asked = 0;
  const recovering = express().use((_req, res) => {
    asked += 1;
    if (asked === 1) res.sendStatus(500);
    else res.json({ data: { result: [] } });
  });
  const ask = await mounted({ prometheus: { url: await listening(recovering) } });
  expect([(await ask('/health')).status, (await ask('/health')).status]).toEqual([503, 200]);
});

test('health tells down from unknown, and one service that is down is the state of all', () => {
  const up = (service: string, value: number) => ({ name: 'onyx:service_up', labels: { service }, value });
  const age = (service: string, value: number) => ({
    ...{ name: 'onyx:service_freshness_seconds', labels: { service }, value },
  });
  const known = ['onyx', 'qdrant', 'supabase', 'redis'].map((service) => up(service, 1));
  const { status, services } = health([...known, up('suna', 0), age('suna', 90), age('redis', 3)]);
  expect(status).toBe('down');
  expect(services).toContainEqual({ service: 'suna', state: 'down', age_seconds: 90 });
  expect(services).toContainEqual({ service: 'redis', state: 'up', age_seconds: 3 });
  expect(services).toContainEqual({ service: 'litellm', state: 'unknown', age_seconds: null });
  expect(health([...known, up('suna', 1)]).status).toBe('unknown');
  expect(health([...known, up('suna', 1), up('litellm', 1)]).status).toBe('ok');
});

test('the summary adds up chats whatever their outcome and keeps services apart', () => {
  const { chats, http } = summary([
    { name: 'onyx:chats:rate1m', labels: { success: 'true' }, value: 2 },
    { name: 'onyx:chats:rate1m', labels: { success: 'false' }, value: 0.5 },
    { name: 'onyx:http_requests:rate5m', labels: { service: 'suna' }, value: 3 },
    { name: 'onyx:http_requests:rate5m', labels: { service: 'onyx' }, value: 4 },
    { name: 'onyx:http_failures:ratio5m', labels: { service: 'onyx' }, value: 0.25 },
  ]);
  expect(chats).toEqual({ per_second: 2.5, failure_ratio: null, p95_seconds: null, error_budget_ratio: null });
  expect(http).toEqual([
    { service: 'onyx', requests_per_second: 4, failure_ratio: 0.25, mean_seconds: null },
    { service: 'suna', requests_per_second: 3, failure_ratio: null, mean_seconds: null },
  ]);
});
