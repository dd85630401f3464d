// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import getPort from 'get-port';
import { afterAll, expect, test, vi } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { isPortFree } from '../../services/native/processes/ports.ts';
import { identify, isAlive } from '../../services/native/processes/process-identity.mjs';
import { ownRuns } from './own-runs.ts';

// A start of another test would end the orphans first.
const { cacheDir, remove } = ownRuns();
const runs = join(cacheDir, 'runs');

const afterwards: (() => void)[] = [];
afterAll(() => {
  for (const end of afterwards) end();
  remove();
});

/** The real start on free ports, in a process group of its own as a terminal makes one. */
async function start(ports?: readonly number[]) {
  const [suna, grafana, prometheus, otlp] = ports ?? (await Promise.all([1, 2, 3, 4].map(() => getPort())));
  const child = spawn(process.execPath, ['--import', 'tsx', 'services/native/start.ts', '--no-load'], {
    cwd: root,
    detached: true,
    env: {
      ...process.env,
      ONYX_CACHE_DIR: cacheDir,
      ONYX_SUNA_PORT: String(suna),
      ONYX_GRAFANA_PORT: String(grafana),
      ONYX_PROMETHEUS_PORT: String(prometheus),
      ONYX_OTLP_PORT: String(otlp),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  afterwards.push(() => child.kill('SIGTERM'));
  const exit = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const folder = `${identify(child.pid ?? 0)}-`;
  return {
    child,
    /** Exit code, or signal, once it has ended. */
    ended: async () => (await exit).find((how) => how !== null),
    says: (text: string) => vi.waitFor(() => expect(output).toContain(text), { timeout: 120_000, interval: 50 }),
    /** Its processes, by identity. */
    processes: (): string[] => {
      const name = readdirSync(runs).find((name) => name.startsWith(folder));
      const record = join(runs, name ?? '', 'processes.json');
      return name !== undefined && existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : [];
    },
    /** Every port it has named. */
    ports: () => [...new Set(output.match(/(?<=127\.0\.0\.1:)\d+/g))].map(Number),
    fixedPorts: [suna, grafana, prometheus, otlp] as number[],
  };
}

async function usedPorts(ports: readonly number[]): Promise<number[]> {
  const free = await Promise.all(ports.map(isPortFree));
  return ports.filter((_, index) => !free[index]);
}

/** What a test leaves to the next, since a start takes ten seconds. */
let running: Awaited<ReturnType<typeof start>> | undefined;

test('after kill -9 a start on the same ports ends the orphans first', async () => {
  const killed = await start();
  await killed.says('Running until Ctrl-C.');
  const orphans = killed.processes();
  killed.child.kill('SIGKILL');
  expect(await killed.ended()).toBe('SIGKILL');
  expect(orphans.filter(isAlive)).toEqual(orphans);

  const next = await start(killed.fixedPorts);
  await next.says(`Ended ${orphans.length} processes that a killed start had left.`);
  await next.says('Running until Ctrl-C.');
  expect(orphans.filter(isAlive)).toEqual([]);
  running = next;
}, 400_000);

test('Ctrl-C, which npm passes on a second time, ends a running stack in order and leaves no process and no port', async () => {
  const { child, ended, says, processes, ports } = running ?? (await start());
  await says('Running until Ctrl-C.');
  const started = processes();
  expect(started.length).toBeGreaterThan(8);
  expect(await usedPorts(ports())).toEqual(ports());
  child.kill('SIGINT');
  await delay(50);
  child.kill('SIGINT');
  expect(await ended()).toBe(0);
  expect(started.filter(isAlive)).toEqual([]);
  expect(await usedPorts(ports())).toEqual([]);
});

test('Ctrl-C twice while the stack starts kills at once, and leaves no process and no port', async () => {
  const { child, ended, processes, fixedPorts } = await start();
  const started = await vi.waitFor(
    () => {
      const started = processes();
      expect(started.length).toBeGreaterThan(2);
      return started;
    },
    { timeout: 120_000, interval: 20 },
  );
  // Stopped, the stack cannot end in order within the time between the two.
  for (const identity of started) process.kill(Number.parseInt(identity, 10), 'SIGSTOP');
  child.kill('SIGINT');
  await delay(500);
  child.kill('SIGINT');
  expect(await ended()).toBe(130);
  await expect.poll(() => started.filter(isAlive)).toEqual([]);
  expect(await usedPorts(fixedPorts)).toEqual([]);
});
