// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { folderOfTest } from '../folder.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Runs `.ci/run` where `npm` is a script that says and ends as told. */
async function ci(npm: string) {
  const folder = folderOfTest();
  await writeFile(path.join(folder, 'npm'), `#!/bin/sh\n${npm}\n`, { mode: 0o755 });
  const { stdout, exitCode } = await execa(path.join(root, '.ci/run'), {
    reject: false,
    env: { PATH: `${folder}:${process.env.PATH}` },
  });
  return { exitCode, lastLine: stdout.split('\n').at(-1), stdout };
}

test('the last line and the exit code are those of the tests', async () => {
  expect(await ci('echo work; echo "12 passed, 0 failed"')).toMatchObject({
    exitCode: 0,
    lastLine: '12 passed, 0 failed',
  });
  expect(await ci('echo "9 passed, 3 failed, 1 skipped"; exit 1')).toMatchObject({
    exitCode: 1,
    lastLine: '9 passed, 3 failed, 1 skipped',
  });
});

test('npm test is told that it runs in CI', async () => {
  expect((await ci('echo "$1 with CI=$CI"; echo "1 passed, 0 failed"')).stdout).toContain('test with CI=true');
});

test.each([
  ['dies before it has counted', 'echo "npm ci failed"; exit 7', 7],
  ['claims success and exits with an error', 'echo "12 passed, 0 failed"; exit 1', 1],
  ['ends well without having counted', 'echo nothing to do', 1],
])('one failure is reported when npm test %s', async (_, npm, exitCode) => {
  expect(await ci(npm)).toMatchObject({ exitCode, lastLine: '0 passed, 1 failed' });
});
