// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaNode } from 'execa';
import getPort from 'get-port';
import { expect, onTestFinished, test, vi } from 'vitest';
import { identify, isAlive } from '../../../services/native/processes/process-identity.mjs';
import { http } from '../../../services/native/processes/readiness.ts';
import { endOrphans } from '../../../services/native/processes/run-folder.ts';
import type { ProcessSpec } from '../../../services/native/processes/supervised-process.ts';
import { Supervisor } from '../../../services/native/processes/supervisor.ts';
import { temporaryFolder } from '../script.ts';

const always = async () => {};
const soon = { timeout: 20_000 };

function node(name: string, code: string, rest: Partial<ProcessSpec> = {}): ProcessSpec {
  return { name, needs: [], command: process.execPath, args: ['--eval', code], ready: always, limit: 10, ...rest };
}

function supervise(...specs: ProcessSpec[]) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'logs'));
  const unexpected: string[] = [];
  const supervisor = new Supervisor(specs, folder, (message) => unexpected.push(message));
  onTestFinished(() => supervisor.stop());
  const start = () => Promise.all(supervisor.start(new AbortController().signal).values());
  return { folder, supervisor, unexpected, start };
}

const stays = 'setInterval(() => {}, 1000)';

test('a process that ends before it is ready is reported with its exit code and the end of its log', async () => {
  const code = 'for (let line = 1; line <= 30; line++) console.log("line", line); process.exit(3)';
  const { start, folder } = supervise(node('broken', code, { ready: () => Promise.reject(new Error('not yet')) }));
  const lines = Array.from({ length: 20 }, (_, index) => `  line ${index + 11}`);
  await expect(start()).rejects.toThrow(
    `broken ended before it was ready (exit code 3); the end of ${folder}/logs/broken.log:\n${lines.join('\n')}`,
  );
});

test('a command that does not exist is reported by name', async () => {
  const { start } = supervise(node('absent', '', { command: '/nowhere/program', ready: () => new Promise(() => {}) }));
  await expect(start()).rejects.toThrow('absent ended before it was ready (spawn /nowhere/program ENOENT)');
});

test('a process that is not ready in time is reported with its limit, what was waited for and the end of its log', async () => {
  const port = await getPort();
  const { start } = supervise(
    node('slow', `console.log("loading"); ${stays}`, { ready: http(`http://127.0.0.1:${port}/health`), limit: 1 }),
  );
  await expect(start()).rejects.toThrow(
    new RegExp(
      `^slow was not ready after 1 s \\(connect ECONNREFUSED 127.0.0.1:${port}\\); the end of .+/slow.log:\n  loading$`,
    ),
  );
});

test('a process starts when those it needs are ready and stops before them', async () => {
  const log = join(temporaryFolder(), 'log');
  const note = (name: string) =>
    `const { appendFileSync } = require('node:fs'); const note = (what) => appendFileSync(${JSON.stringify(log)}, '${name} ' + what + '\\n');
     process.on('SIGTERM', () => { note('stops'); process.exit() }); note('starts'); ${stays}`;
  const noted = (line: string) => async () => {
    if (!existsSync(log) || !readFileSync(log, 'utf8').includes(line)) throw new Error(`no ${line}`);
  };
  const { start, supervisor } = supervise(
    node('database', note('database'), { ready: noted('database starts') }),
    node('service', note('service'), { needs: ['database'], ready: noted('service starts') }),
  );
  await start();
  await supervisor.stop();
  await supervisor.stop();
  expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([
    'database starts',
    'service starts',
    'service stops',
    'database stops',
  ]);
});

test('what a process has started ends with it', async () => {
  const child = `require('node:child_process').spawn(process.execPath, ['--eval', '${stays}'])`;
  const { start, supervisor } = supervise(node('parent', `console.log(${child}.pid); ${stays}`));
  await start();
  const parent = supervisor.processes.get('parent');
  const pid = await vi.waitFor(() => {
    const text = readFileSync(parent?.logFile ?? '', 'utf8');
    expect(text).not.toBe('');
    return Number(text);
  }, soon);
  expect(identify(pid)).toBeDefined();
  await supervisor.stop();
  await expect.poll(() => identify(pid)).toBeUndefined();
});

test('a process that ends by itself is reported, one that is stopped is not, and both can start again', async () => {
  const { start, supervisor, unexpected } = supervise(node('service', stays));
  await start();
  const service = supervisor.processes.get('service');
  await service?.stop();
  expect(unexpected).toEqual([]);
  await service?.start();
  process.kill(service?.pid ?? 0, 'SIGKILL');
  await expect
    .poll(() => unexpected)
    .toEqual([expect.stringMatching(/^service ended by itself \(SIGKILL\); its log: .+/)]);
  await service?.start();
  expect(service?.pid).toBeDefined();
});

test('the environment of whoever starts it does not change what a process does', async () => {
  vi.stubEnv('PGHOST', 'elsewhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { start, supervisor } = supervise(
    node('printer', `console.log(process.env.PGHOST, process.env.OWN); ${stays}`, { env: { OWN: '1' } }),
  );
  await start();
  const logFile = supervisor.processes.get('printer')?.logFile ?? '';
  await expect.poll(() => readFileSync(logFile, 'utf8')).toBe('undefined 1\n');
});

test('the next start ends what a supervisor killed with -9 has left, and nothing else', async () => {
  const cacheDir = temporaryFolder();
  const run = () =>
    execaNode(join(import.meta.dirname, 'supervisor-worker.ts'), [cacheDir], {
      nodeOptions: ['--import', 'tsx'],
      reject: false,
    });
  const startOne = async () => {
    const worker = run();
    const orphan = await new Promise<string>((resolve) =>
      worker.stdout.once('data', (chunk) => resolve(String(chunk))),
    );
    return { worker, orphan };
  };
  const killed = await startOne();
  const living = await startOne();
  onTestFinished(() => void living.worker.kill('SIGTERM'));
  killed.worker.kill('SIGKILL');
  await killed.worker;
  expect(isAlive(killed.orphan)).toBe(true);

  expect(await endOrphans(cacheDir)).toBe(1);
  expect(isAlive(killed.orphan)).toBe(false);
  expect(isAlive(living.orphan)).toBe(true);
});
