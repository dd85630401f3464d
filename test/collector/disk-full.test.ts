// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, startCollector } from './helpers/collector.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';

const soon = { timeout: 60_000, interval: 500 };

/** Bytes. */
const size = 64 * 1024 * 1024;

const folder = await mkdtemp(join(tmpdir(), 'onyx-disk-'));
const disk = join(folder, 'disk');
await mkdir(disk);
// Only root may, and not in every container; the tally counts what is skipped.
const mounted =
  (await execa('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk], { reject: false })).exitCode === 0;

describe.skipIf(!mounted)('a full disk under Prometheus', () => {
  let collector: Collector;
  let prometheus: Prometheus;

  beforeAll(async () => {
    collector = await startCollector();
    prometheus = await startPrometheus(collector, { data: join(disk, 'data') });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await collector?.stop();
    await execa('umount', [disk], { reject: false });
    await rm(folder, { recursive: true, force: true });
  });

  const age = async () =>
    Number((await prometheus.query('time() - max(timestamp(up{job="infra"}))'))[0]?.value?.[1] ?? Number.NaN);

  test('costs the samples of that time only: it goes on answering, and goes on by itself when there is room', async () => {
    await expect.poll(age, soon).toBeLessThan(3);
    // Prometheus writes at the same time, so it is unknown beforehand how much fits.
    const filled = writeFile(join(disk, 'ballast'), Buffer.alloc(size));
    await expect(filled).rejects.toThrow('ENOSPC');
    await expect.poll(age, soon).toBeGreaterThan(5);
    expect(await prometheus.query('up{job="infra"}[10m]')).not.toEqual([]);
    await rm(join(disk, 'ballast'));
    await expect.poll(age, soon).toBeLessThan(3);
  });
});
