// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaNode } from 'execa';
import { expect, test, vi } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { identify } from '../../services/native/processes/process-identity.mjs';
import { temporaryFolder } from './script.ts';

/*
 * The real bootstrap in a small clone, with an npm that takes as long as a test wants. The real one needs a minute and the
 * network, and these tests are about what happens around it. It waits while the file `hold` exists and fails with `fail`.
 */
const npm = `
const { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync } = require('node:fs');
const [command] = process.argv.slice(2);
appendFileSync('npm.log', command + ' begins ' + process.pid + '\\n');
// As npm does: files go one by one, and our stamp may be among the last.
if (command === 'ci') rmSync('node_modules/tsx', { recursive: true, force: true });
const timer = setInterval(() => {
  if (existsSync('hold')) return;
  clearInterval(timer);
  if (existsSync('fail')) {
    console.error('npm says why');
    process.exit(1);
  }
  if (command === 'ci') rmSync('node_modules', { recursive: true, force: true });
  if (command === 'ci') mkdirSync('node_modules');
  if (command === 'ci') symlinkSync(${JSON.stringify(join(root, 'node_modules/tsx'))}, 'node_modules/tsx');
  if (command === 'run') mkdirSync('otel/dist', { recursive: true });
  appendFileSync('npm.log', command + ' ends\\n');
}, 20);
`;

function clone({ engines = '>=20.19' } = {}) {
  const folder = temporaryFolder();
  const files = {
    'package.json': JSON.stringify({ type: 'module', engines: { node: engines }, scripts: { build: 'esbuild' } }),
    'package-lock.json': '{}',
    'otel/package.json': '{}',
    'otel/src/index.ts': '',
    'npm/package.json': '{}',
    'npm/npm-cli.js': npm,
    'entry.ts': 'const given: string[] = process.argv.slice(2);\nconsole.log("ran with", ...given);\n',
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  for (const name of ['bootstrap', 'programs/lock', 'processes/process-identity']) {
    cpSync(join(root, `services/native/${name}.mjs`), join(folder, `services/native/${name}.mjs`));
  }
  const log = () => (existsSync(join(folder, 'npm.log')) ? readFileSync(join(folder, 'npm.log'), 'utf8') : '');
  return {
    folder,
    start: () =>
      execaNode(join(folder, 'services/native/bootstrap.mjs'), ['entry.ts', '--once'], {
        cwd: folder,
        env: { npm_execpath: join(folder, 'npm/npm-cli.js') },
        reject: false,
        all: true,
      }),
    hold: () => writeFileSync(join(folder, 'hold'), ''),
    letGo: () => rmSync(join(folder, 'hold')),
    /** What npm did, each line a command and `begins` or `ends`. */
    npmDid: () => log().match(/^\w+ (begins|ends)/gm) ?? [],
    /** Waits for the first npm and returns its pid. */
    npmPid: () =>
      vi.waitFor(() => {
        const pid = /begins (\d+)\n/.exec(log())?.[1];
        expect(pid).toBeDefined();
        return Number(pid);
      }, 10_000),
  };
}

const whole = ['ci begins', 'ci ends', 'run begins', 'run ends'];

test('a bare clone is installed and built once, then the entry runs with its arguments', async () => {
  const { start, npmDid } = clone();
  expect((await start()).stdout).toBe('ran with --once');
  expect(await start()).toMatchObject({ stdout: 'ran with --once', stderr: '', exitCode: 0 });
  expect(npmDid()).toEqual(whole);
});

test('an older Node is told which one to install', async () => {
  const { exitCode, stderr } = await clone({ engines: '>=99.1' }).start();
  expect(stderr).toBe(`Node ${process.versions.node} (${process.execPath}) is too old: install Node 99.1 or newer.`);
  expect(exitCode).toBe(2);
});

test('another lock file installs again, another source file only builds again', async () => {
  const { folder, start, npmDid } = clone();
  await start();
  writeFileSync(join(folder, 'otel/src/index.ts'), 'export {};');
  await start();
  expect(npmDid().slice(whole.length)).toEqual(['run begins', 'run ends']);
  writeFileSync(join(folder, 'package-lock.json'), '{ "packages": {} }');
  await start();
  expect(npmDid().slice(whole.length + 2)).toEqual(whole);
});

test('a failed installation is shown with what npm said, and not trusted', async () => {
  const { folder, start, npmDid } = clone();
  writeFileSync(join(folder, 'fail'), '');
  const { exitCode, stderr } = await start();
  expect(stderr).toContain('npm says why\nnpm ci --include=dev failed in ');
  expect(exitCode).toBe(1);
  rmSync(join(folder, 'fail'));
  expect((await start()).stdout).toBe('ran with --once');
  expect(npmDid()).toEqual(['ci begins', ...whole]);
});

test('two starts at the same time install and build once', async () => {
  const { start, npmDid } = clone();
  const results = await Promise.all([start(), start()]);
  expect(results.map(({ stdout }) => stdout)).toEqual(['ran with --once', 'ran with --once']);
  expect(npmDid()).toEqual(whole);
});

test('after kill -9 during the installation the next start waits for the orphaned npm and installs anew', async () => {
  const { start, hold, letGo, npmDid, npmPid } = clone();
  hold();
  const killed = start();
  const orphan = await npmPid();
  killed.kill('SIGKILL');
  const next = start();
  expect(String((await once(next.stderr, 'data'))[0])).toContain('Waiting for another start');
  expect(identify(orphan)).toBeDefined();
  letGo();
  expect((await next).stdout).toBe('ran with --once');
  expect(npmDid()).toEqual(['ci begins', 'ci ends', ...whole]);
});

test('Ctrl-C during the installation ends npm too, and what it left is not trusted', async () => {
  const { start, hold, letGo, npmDid, npmPid } = clone();
  hold();
  const interrupted = start();
  const pid = await npmPid();
  interrupted.kill('SIGINT');
  expect((await interrupted).exitCode).toBe(130);
  await expect.poll(() => identify(pid)).toBeUndefined();
  letGo();
  expect((await start()).stdout).toBe('ran with --once');
  expect(npmDid()).toEqual(['ci begins', ...whole]);
});

test('a killed installation is not trusted when its lock file becomes again what the one before was', async () => {
  const { folder, start, hold, letGo, npmDid, npmPid } = clone();
  await start();
  rmSync(join(folder, 'npm.log'));
  hold();
  writeFileSync(join(folder, 'package-lock.json'), '{ "packages": {} }');
  const killed = start();
  process.kill(await npmPid(), 'SIGKILL');
  await killed;
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  letGo();
  expect((await start()).stdout).toBe('ran with --once');
  expect(npmDid()).toEqual(['ci begins', 'ci begins', 'ci ends']);
});

test('a clone that cannot be written is named with the remedy, before anything is installed', async () => {
  const { folder, start, npmDid } = clone();
  // To root, which tests may run as, nothing else is closed.
  writeFileSync(join(folder, '.cache'), '');
  const { exitCode, stderr } = await start();
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: expect.stringMatching(
      /^\S+ cannot be written \(.*\.cache.*\): start as its owner, or clone it again as the user who does\.$/,
    ),
  });
  expect(npmDid()).toEqual([]);
});
