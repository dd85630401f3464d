// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaNode } from 'execa';
import { expect, test, vi } from 'vitest';
import { identify } from '../../../services/native/processes/process-identity.mjs';
import { cached, folderKey } from '../../../services/native/programs/cache.ts';
import { temporaryFolder } from '../script.ts';

function worker(cacheDir: string, log: string, seconds: number) {
  return execaNode(join(import.meta.dirname, 'cache-worker.ts'), [cacheDir, log, String(seconds)], {
    nodeOptions: ['--import', 'tsx'],
    reject: false,
  });
}

test('an entry is made once and found again', async () => {
  const make = vi.fn(async (folder: string) => writeFileSync(join(folder, 'file'), 'content'));
  const entry = { cacheDir: temporaryFolder(), kind: 'thing', key: ['1'], make };
  const folder = await cached(entry);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('content');
  expect(await cached(entry)).toBe(folder);
  expect(make).toHaveBeenCalledOnce();
});

test('another key is another entry', async () => {
  const entry = { cacheDir: temporaryFolder(), kind: 'thing', make: async () => {} };
  expect(await cached({ ...entry, key: ['ab', 'c'] })).not.toBe(await cached({ ...entry, key: ['a', 'bc'] }));
});

test('an entry whose making fails is not there', async () => {
  const cacheDir = temporaryFolder();
  const make = async (folder: string) => {
    writeFileSync(join(folder, 'half'), '');
    throw new Error('no network');
  };
  await expect(cached({ cacheDir, kind: 'thing', key: ['1'], make })).rejects.toThrow('no network');
  expect(readdirSync(cacheDir)).toEqual(['locks']);
});

test('kill -9 while an entry is made leaves nothing that the next start trusts, and no leftover for ever', async () => {
  const cacheDir = temporaryFolder();
  const log = join(cacheDir, 'log');
  const killed = worker(cacheDir, log, 60);
  await vi.waitFor(() => expect(existsSync(log)).toBe(true), 10_000);
  killed.kill('SIGKILL');
  await killed;
  expect(readdirSync(cacheDir).filter((name) => name.endsWith('.draft'))).toHaveLength(1);

  const { stdout: folder } = await worker(cacheDir, log, 0);
  expect(readdirSync(folder).sort()).toEqual(['first', 'last']);
  expect(readFileSync(log, 'utf8')).toBe('made\nmade\n');
  expect(readdirSync(cacheDir).filter((name) => name.endsWith('.draft'))).toEqual([]);
});

test('two processes that want the same entry make it once', async () => {
  const cacheDir = temporaryFolder();
  const log = join(cacheDir, 'log');
  const [one, other] = await Promise.all([worker(cacheDir, log, 1), worker(cacheDir, log, 1)]);
  expect(one.stdout).toMatch(/thing-[0-9a-f]{16}$/);
  expect(other.stdout).toBe(one.stdout);
  expect(readFileSync(log, 'utf8')).toBe('made\n');
});

test('the unfinished work of a process that runs is left alone', async () => {
  const cacheDir = temporaryFolder();
  const others = join(cacheDir, `other-0123.${identify(process.pid)}.draft`);
  mkdirSync(others);
  await cached({ cacheDir, kind: 'thing', key: ['1'], make: async () => {} });
  expect(existsSync(others)).toBe(true);
});

test('the key of a source folder follows names and contents', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a'), '1');
  const before = await folderKey(folder);
  writeFileSync(join(folder, 'a'), '2');
  const after = await folderKey(folder);
  expect(before.map(String)).toEqual(['/a', '1']);
  expect(after.map(String)).toEqual(['/a', '2']);
});
