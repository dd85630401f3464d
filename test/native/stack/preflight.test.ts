// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { execaNode } from 'execa';
import getPort from 'get-port';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readSettings, root, type Settings } from '../../../services/native/environment.ts';
import { preflight, tooLittle } from '../../../services/native/stack/preflight.ts';
import { script, temporaryFolder } from '../script.ts';

async function problems(changes: Partial<Settings>): Promise<string[]> {
  const [sunaPort, grafanaPort] = [await getPort(), await getPort()];
  const [prometheusPort, otlpPort] = [await getPort(), await getPort()];
  return preflight({ ...readSettings({}), sunaPort, grafanaPort, prometheusPort, otlpPort, ...changes });
}

test('nothing is reported on a machine that has what is needed', async () => {
  expect(await problems({})).toEqual([]);
});

test('a missing Python is named with the variable that can name another', async () => {
  expect(await problems({ python: '/nowhere/python3' })).toEqual([
    'Python: /nowhere/python3 cannot be run: install Python 3.10 or newer or name one in PYTHON.',
  ]);
});

test('a Python that is too old is named with its version', async () => {
  const python = script('echo 3.9.18');
  expect(await problems({ python })).toEqual([
    `Python: ${python} is 3.9.18, too old: install Python 3.10 or newer or name one in PYTHON.`,
  ]);
});

test('a Python without venv, as Debian installs it, is named with the package to install', async () => {
  const python = script('case "$2" in *ensurepip*) exit 1;; esac; echo 3.11.2');
  expect(await problems({ python })).toEqual([
    `Python: ${python} lacks venv: install it (Debian and Ubuntu: apt-get install python3-venv).`,
  ]);
});

test('a port in use is named with how to find who uses it and the variable for another', async () => {
  const server = createServer().listen(0, '0.0.0.0');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await problems({ sunaPort: port })).toEqual([
    `Port ${port} on 127.0.0.1 (Port of Suna, the chat front end) cannot be used: end what listens there (lsof -i :${port}) or set ONYX_SUNA_PORT to another one.`,
  ]);
});

test('a port given twice is named once', async () => {
  const port = await getPort();
  expect(await problems({ sunaPort: port, otlpPort: port })).toEqual([
    `Port ${port} is given twice: set ONYX_OTLP_PORT to another one.`,
  ]);
});

test('a cache folder that cannot be made is named with the variable for another', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(await problems({ cacheDir: join(file, 'cache') })).toEqual([
    expect.stringMatching(
      /^Cache folder: .+\/file\/cache cannot be used \(ENOTDIR.+\): name another folder in ONYX_CACHE_DIR\.$/,
    ),
  ]);
});

test('disk and memory are reported with what there is and what is needed', () => {
  expect(tooLittle('Memory', 1.5e9, 2.5e9, 'end other programs')).toEqual([
    'Memory: 1.5 GB available, 2.5 GB needed: end other programs.',
  ]);
  expect(tooLittle('Memory', 2.5e9, 2.5e9, 'end other programs')).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'a disk without room is named with the variable for another folder',
  async () => {
    // It is there, it can be read, and nothing is free on it.
    expect(await problems({ cacheDir: '/proc' })).toContain(
      'Disk at /proc: 0.0 GB available, 7.0 GB needed: make room or name another folder in ONYX_CACHE_DIR.',
    );
  },
);

test.runIf(process.platform === 'linux')('a memory that others fill is named with what is left of it', async () => {
  const available = vi.spyOn(process, 'availableMemory').mockReturnValue(1e9);
  onTestFinished(() => available.mockRestore());
  expect(await problems({})).toEqual([
    expect.stringMatching(/^Memory: 1\.0 GB available, [12]\.5 GB needed: end other programs\.$/),
  ]);
});

test.runIf(process.platform === 'linux')(
  'a program that the user names is not waited for in the cache: no room is asked for to make it',
  async () => {
    const available = vi.spyOn(process, 'availableMemory').mockReturnValue(1e9);
    onTestFinished(() => available.mockRestore());
    const cacheDir = temporaryFolder();
    for (const kind of ['otelcol', 'prometheus', 'alertmanager', 'python']) mkdirSync(join(cacheDir, `${kind}-0123`));
    const needed = async (changes: Partial<Settings>) => (await problems({ cacheDir, ...changes })).join();
    expect(await needed({})).toContain('2.5 GB needed');
    expect(await needed({ redis: script('echo "Redis server v=7.2.4 sha=00000000:0"') })).toContain('1.5 GB needed');
  },
);

test('npm start names every problem in a line of its own before anything starts', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cacheDir = temporaryFolder();
  const env = { ONYX_CACHE_DIR: cacheDir, PYTHON: '/nowhere/python3', ONYX_SUNA_PORT: String(port) };
  const start = join(root, 'services/native/start.ts');
  const { stdout, stderr, exitCode } = await execaNode(start, {
    nodeOptions: ['--import', 'tsx'],
    env,
    reject: false,
  });
  const told = stderr.split('\n').filter((line) => /^Python: |: end what listens there/.test(line));
  expect({ stdout, exitCode, told: told.length }, stderr).toEqual({ stdout: '', exitCode: 2, told: 2 });
  expect(readdirSync(cacheDir)).toEqual([]);
});

test('all problems are reported at once', async () => {
  const port = await getPort();
  expect(await problems({ python: '/nowhere/python3', sunaPort: port, otlpPort: port })).toHaveLength(2);
});
