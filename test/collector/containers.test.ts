// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foreign } from '../../grafana/src/signals/foreign.ts';
import { type Collector, startCollector } from './collector.ts';
import { samples } from './targets.ts';

/*
 * No Docker engine can be had where this runs. What takes its place answers as its API (1.44, cgroup v2) does to the four questions that
 * the receiver asks; the receiver and all behind it are the real ones.
 */

const soon = { timeout: 60_000 };

/** Whoever reads this in a metric has read what containers keep to themselves. */
const secret = 'hunter2';

const containers = ['onyx-redis-1', 'onyx-litellm-1'].map((name, index) => ({
  id: String(index).repeat(64),
  name,
  restarts: index,
  megabytes: 100 * (index + 1),
}));
type Container = (typeof containers)[number];

const inspected = ({ id, name, restarts }: Container) => ({
  Id: id,
  Name: `/${name}`,
  Image: `sha256:${id}`,
  RestartCount: restarts,
  State: { Status: 'running', Running: true, StartedAt: new Date(Date.now() - 60_000).toISOString() },
  HostConfig: { NanoCpus: 0, CpuShares: 0 },
  Config: {
    Image: `example/${name}:1`,
    Hostname: secret,
    Env: [`PASSWORD=${secret}`],
    Cmd: [secret],
    Labels: { secret },
  },
});

const measured = ({ id, name, megabytes }: Container) => ({
  id,
  name: `/${name}`,
  read: new Date().toISOString(),
  pids_stats: { current: 5, limit: 256 },
  cpu_stats: {
    cpu_usage: { total_usage: megabytes * 1e6, usage_in_kernelmode: 1e6, usage_in_usermode: 2e6 },
    system_cpu_usage: 1e12,
    online_cpus: 2,
  },
  precpu_stats: { cpu_usage: { total_usage: 0 }, system_cpu_usage: 9e11, online_cpus: 2 },
  memory_stats: { usage: megabytes * 1e6, limit: 1e9, stats: { file: 1e6, inactive_file: 0 } },
  blkio_stats: {
    io_service_bytes_recursive: ['read', 'write'].map((op) => ({ major: 254, minor: 0, op, value: 4096 })),
  },
  networks: { eth0: { rx_bytes: 1, rx_dropped: 0, tx_bytes: 2, tx_dropped: 0 } },
});

let engine: Server;
const asked = new Set<string>();
let collector: Collector;

beforeAll(async () => {
  engine = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+|\?.*$/g, '');
    asked.add(`${request.method} ${path.replace(/\/\d{64}\//, '/<id>/')}`);
    // Nothing happens to any container: the stream of events stays open and empty.
    if (path === '/events') return void response.writeHead(200).flushHeaders();
    const [, id, question] = /^\/containers\/(\d+)\/(\w+)$/.exec(path) ?? [];
    const container = containers.find((one) => one.id === id);
    const answer = container
      ? { json: inspected, stats: measured }[question as 'json' | 'stats'](container)
      : containers.map(({ id, name }) => ({ Id: id, Names: [`/${name}`], Image: `example/${name}:1` }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await once(engine.listen(0, '127.0.0.1'), 'listening');
  const { port } = engine.address() as AddressInfo;
  collector = await startCollector({ ONYX_DOCKER_ENDPOINT: `tcp://127.0.0.1:${port}` }, ['collector.docker.yaml']);
});
afterAll(async () => {
  await collector?.stop();
  engine?.closeAllConnections();
  engine?.close();
});

/** Samples of containers in `infra`. */
const shown = async () =>
  samples((await collector.scrape('infra')).body).filter(([name]) => name.startsWith('container_'));

/** A metric by container. */
const byContainer = async (metric: string) =>
  Object.fromEntries(
    (await shown()).filter(([name]) => name === metric).map(([, { container }, value]) => [container, value]),
  );

test('each container has series of its own', async () => {
  const memory = () => byContainer('container_memory_usage_total_bytes');
  await expect.poll(memory, soon).toEqual({ 'onyx-redis-1': 100e6, 'onyx-litellm-1': 200e6 });
  expect(await byContainer('container_restarts_total')).toEqual({ 'onyx-redis-1': 0, 'onyx-litellm-1': 1 });
});

test('what the boards read of containers is there, under these names and labels', async () => {
  const names = new Set((await shown()).map(([name]) => name));
  const read = Object.keys(foreign).filter((name) => name.startsWith('container_'));
  expect(read.length).toBeGreaterThan(0);
  expect(read.filter((name) => !names.has(name))).toEqual([]);
  for (const [name, labels] of await shown())
    expect(Object.keys(labels), name).toEqual(expect.arrayContaining(['container', 'image']));
});

test('nothing is told of what a container is called inside, started with or keeps in its environment', async () => {
  expect((await collector.scrape('infra')).body).not.toContain(secret);
  expect(collector.log()).not.toContain(secret);
});

test('thirty containers leave the endpoint within its thousand lines', async () => {
  const all = samples((await collector.scrape('infra')).body).length;
  const ofContainers = (await shown()).length;
  expect(all - ofContainers + (30 * ofContainers) / containers.length).toBeLessThan(1000);
});

test('it only reads, and only what the socket proxy of docker-compose.otel.yml lets pass', () => {
  expect([...asked].sort()).toEqual([
    'GET /containers/<id>/json',
    'GET /containers/<id>/stats',
    'GET /containers/json',
    'GET /events',
  ]);
});
