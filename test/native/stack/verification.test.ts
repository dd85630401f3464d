// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../../../services/native/environment.ts';
import { identify } from '../../../services/native/processes/process-identity.mjs';
import { verificationFile } from '../../../services/native/stack/verification.ts';

let cacheDir: string;

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'onyx-verification-'));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

/** What a stack leaves in its run folder; its Prometheus is at a port without a listener. */
async function run(name: string, port: number, minutes: number, checkout = root): Promise<string> {
  const folder = join(cacheDir, 'runs', name);
  await mkdir(folder, { recursive: true });
  const file = verificationFile(folder);
  await writeFile(file, JSON.stringify({ checkout, prometheus: { url: `http://127.0.0.1:${port}` } }));
  const since = Date.now() / 1000 - 60 * minutes;
  await utimes(file, since, since);
  return file;
}

async function runVerify(): Promise<string> {
  const options = { shell: true, cwd: root, env: { ONYX_CACHE_DIR: cacheDir }, reject: false } as const;
  const { stderr, exitCode } = await execa('npm run verify -- --only rules', options);
  expect(exitCode, stderr).toBe(2);
  return stderr;
}

const live = (name: string) => `${identify(process.pid)}-${name}`;

test('npm run verify judges the stack that runs from this checkout', async () => {
  await run(live('ours'), 1, 5);
  await run(live('of another checkout'), 2, 1, '/elsewhere');
  await run('1-1-killed', 3, 1);
  const stderr = await runVerify();
  expect(stderr).toContain('http://127.0.0.1:1/');
  expect(stderr).not.toContain('platforms run');
});

test('of two that run it judges the newest, and says how the other one is named', async () => {
  const older = await run(live('older'), 1, 5);
  await run(live('newer'), 2, 1);
  const stderr = await runVerify();
  expect(stderr).toContain('http://127.0.0.1:2/');
  expect(stderr).toContain(`2 platforms run; judged is the newest. Others: --settings ${older}`);
});

test('without one it says what to do', async () => {
  await run('1-1-killed', 3, 1);
  expect(await runVerify()).toContain('Nothing runs that could be verified: npm start first, or name a platform');
});
