// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Collector, startCollector } from './helpers/collector.ts';
import { counter, instance, send } from './helpers/otlp.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';

/** A gateway that keeps what storage does not take in a log on disk: each value that a sender was told is accepted, once. */

const soon = { timeout: 60_000, interval: 200 };

let folder: string;
let port: number;
/** A configuration in which a request is given up after a second, not five minutes. */
let hurried: string;
let prometheus: Prometheus;
let gateway: Collector;
const start = Date.now() - 60_000;

const storage = () =>
  startPrometheus(undefined, {
    ...{ file: 'prometheus.push.yml', flags: ['--web.enable-remote-write-receiver'] },
    ...{ data: join(folder, 'data'), port },
  });
const begin = (queue: string, more: readonly string[] = ['collector.queue.yaml']) =>
  startCollector(
    {
      ONYX_PUSH_URL: `http://127.0.0.1:${port}/api/v1/write`,
      ONYX_QUEUE_DIR: queue,
    },
    ['collector.push.yaml', 'collector.gateway.yaml', hurried, ...more],
  );
const put = (name: string, value: number) =>
  send(gateway.otlp, { service: 'suna', instance: instance(1) }, [counter(name, [{ value, start }])]);
/** All values that storage has of a counter, in order, from the zero with which the gateway begins it. */
const kept = async (name: string) =>
  (await prometheus.query(`${name}[10m]`)).flatMap(({ values = [] }) => values.map(([, value]) => Number(value)));
const upTo = (last: number) => Array.from({ length: last + 1 }, (_, value) => value);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onyx-queue-'));
  port = await getPort();
  hurried = join(folder, 'hurried.yaml');
  const retry_on_failure = { max_interval: '200ms', max_elapsed_time: '1s' };
  await writeFile(hurried, JSON.stringify({ exporters: { 'prometheusremotewrite/suna': { retry_on_failure } } }));
  prometheus = await storage();
});
afterAll(async () => {
  await gateway?.stop();
  await prometheus?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Exports of an hour, one every ten seconds. Here they follow each other at once. */
const hour = 360;

/** Storage goes after the first export of an hour, the gateway is killed in its middle, and storage comes back after its last. */
async function outage(name: string, queue: string, more?: readonly string[]): Promise<void> {
  gateway = await begin(queue, more);
  expect(await put(name, 1)).toBe(200);
  await expect.poll(() => kept(name), soon).toEqual([0, 1]);
  await prometheus.stop();
  for (const value of upTo(hour).slice(2)) {
    if (value === hour / 2) {
      await gateway.stop('SIGKILL');
      gateway = await begin(queue, more);
    }
    expect(await put(name, value)).toBe(200);
  }
  // Longer than any request is tried.
  await expect.poll(() => gateway.log(), soon).toMatch(/error processing WAL entries|Dropping data/);
  prometheus = await storage();
}

test('storage is away for the exports of an hour and the gateway is killed meanwhile: every value is there, once, when storage is back', async () => {
  await outage('queued_total', join(folder, 'queue'));
  await expect.poll(() => kept('queued_total'), soon).toEqual(upTo(hour));
  await put('queued_total', hour + 1);
  await expect.poll(() => kept('queued_total'), soon).toEqual(upTo(hour + 1));
  await gateway.stop();
});

test('without the queue on disk, what a killed gateway had accepted is missing, and the total is right again', async () => {
  await outage('unqueued_total', '', []);
  await expect.poll(async () => (await kept('unqueued_total')).at(-1), soon).toBe(hour);
  expect((await kept('unqueued_total')).filter((value) => value > 1 && value < hour / 2)).toEqual([]);
  await gateway.stop();
});

test('on a full disk senders are refused, so that they keep what they have; with room, a gateway that is started again goes on', async ({
  skip,
}) => {
  const disk = join(folder, 'disk');
  await mkdir(disk);
  const size = 4 * 1024 * 1024;
  const { exitCode } = await execa('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk], { reject: false });
  // Only root may, and not in every container; the tally counts what is skipped.
  if (exitCode !== 0) return skip('mount needs root');
  onTestFinished(async () => {
    await gateway.stop();
    await execa('umount', [disk], { reject: false });
  });
  gateway = await begin(join(disk, 'queue'));
  const accepted: number[] = [];
  let value = 0;
  const next = async () => {
    value += 1;
    const status = await put('full_total', value);
    if (status === 200) accepted.push(value);
    return status;
  };
  expect(await next()).toBe(200);
  await expect.poll(() => kept('full_total'), soon).toEqual([0, 1]);
  await expect(writeFile(join(disk, 'ballast'), Buffer.alloc(2 * size))).rejects.toThrow('ENOSPC');
  await expect.poll(next, soon).toBe(503);
  await rm(join(disk, 'ballast'));
  // Upstream's log has lost count of its entries (0.152).
  expect(await next()).toBe(503);
  await gateway.stop('SIGTERM');
  gateway = await begin(join(disk, 'queue'));
  expect(await next()).toBe(200);
  await expect.poll(() => kept('full_total'), soon).toEqual([0, ...accepted]);
});
