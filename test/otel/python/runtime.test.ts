// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';
import getPort from 'get-port';
import { describe, expect, test } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { frameworksPython, preload } from './python.ts';
import { attached, type Running, run } from './service.ts';

const [collector, python, folder] = await Promise.all([collectorOfFile(), frameworksPython(), preload()]);

/** The value of a series that a process of the service sent, all of its label sets together. */
async function value(job: string, series: string): Promise<number> {
  const { body } = await collector.scrape('apps');
  const lines = body.split('\n').filter((line) => line.startsWith(`${series}{`) && line.includes(`job="${job}"`));
  return lines.length === 0 ? Number.NaN : lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function started(
  job: string,
  interval: string,
): Promise<{ service: Running; ask: (path: string) => Promise<string> }> {
  const port = await getPort();
  const service = run(python, ['-m', 'uvicorn', 'busy_app:app', '--port', `${port}`], {
    ...attached(folder, job, collector.otlp),
    OTEL_METRIC_EXPORT_INTERVAL: interval,
  });
  await service.written(/Uvicorn running/);
  return { service, ask: async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text() };
}

/** What the kernel says of a process: seconds of CPU, bytes in memory, threads. */
async function kernel(pid: number) {
  const [stat, statm, threads, { stdout: ticks }, { stdout: page }] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/statm`, 'utf8'),
    readdir(`/proc/${pid}/task`),
    execa('getconf', ['CLK_TCK']),
    execa('getconf', ['PAGE_SIZE']),
  ]);
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
  return {
    cpu: (user + system) / Number(ticks),
    memory: Number(statm.split(' ')[1]) * Number(page),
    threads: threads.length,
  };
}

describe.runIf(process.platform === 'linux')('a Python service', { timeout: 120_000 }, () => {
  test('says of itself what the kernel and the interpreter say', async () => {
    const { service, ask } = await started('busy', '60000');
    const collections = JSON.parse(await ask('/block?seconds=0.5')) as number[];
    const before = await kernel(service.child.pid ?? 0);
    service.child.kill('SIGTERM');
    await service.ended;
    const cpu = await value('busy', 'process_cpu_time_seconds_total');
    expect(before.cpu).toBeGreaterThan(0.5);
    expect(cpu).toBeGreaterThanOrEqual(before.cpu - 0.02);
    expect(cpu).toBeLessThan(before.cpu + 1);
    const memory = await value('busy', 'process_memory_usage_bytes');
    expect(memory / before.memory).toBeGreaterThan(0.9);
    expect(memory / before.memory).toBeLessThan(1.1);
    // The preload's own, which waits for the process to grow old, may have ended in between.
    expect(before.threads - (await value('busy', 'process_thread_count'))).toBeOneOf([0, 1]);
    const counted = collections.reduce((sum, count) => sum + count);
    const collected = await value('busy', 'cpython_gc_collections_total');
    expect(collected).toBeGreaterThanOrEqual(counted);
    expect(collected).toBeLessThan(counted + 20);
    // A timer fell due while the loop did not run.
    expect(await value('busy', 'asyncio_eventloop_delay_max_seconds')).toBeGreaterThan(0.3);
    expect(await value('busy', 'asyncio_eventloop_delay_p99_seconds')).toBeGreaterThanOrEqual(0);
  });

  test('says how many requests it is serving', async () => {
    const { service, ask } = await started('waiting', '200');
    const active = () => value('waiting', 'http_server_active_requests');
    try {
      const waiting = [ask('/wait'), ask('/wait')];
      await expect.poll(active).toBe(2);
      await ask('/release');
      await Promise.all(waiting);
      await expect.poll(active).toBe(0);
    } finally {
      service.child.kill('SIGTERM');
      await service.ended;
    }
  });
});
