// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** The last line of a vitest run of one file with this content. */
async function lastLine(content: string): Promise<string | undefined> {
  // Inside the repository, where `vitest` can be imported.
  const folder = await mkdtemp(path.join(root, 'node_modules/.tally-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, 'some.test.ts'), `import { beforeAll, describe, test } from 'vitest';\n${content}`);
  const reporter = path.join(import.meta.dirname, 'tally.ts');
  await writeFile(
    path.join(folder, 'vitest.config.ts'),
    `import { TallyReporter } from ${JSON.stringify(reporter)};
     export default { test: { exclude: [], reporters: ['default', new TallyReporter()] } };`,
  );
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout } = await execa(process.execPath, [vitest, 'run', '--root', folder], { reject: false });
  return stdout.split('\n').at(-1);
}

test.each([
  [
    'passed, failed and skipped tests',
    "test('a', () => {}); test.skip('b', () => {}); test('c', () => { throw new Error(); });",
    '1 passed, 1 failed, 1 skipped',
  ],
  [
    'a group that could not be set up',
    "describe('d', () => { beforeAll(() => { throw new Error(); }); test('e', () => {}); });",
    '0 passed, 1 failed, 1 skipped',
  ],
  ['a file that cannot be loaded', "throw new Error('f');", '0 passed, 1 failed'],
  [
    'an error that no test owns',
    "test('g', () => { setTimeout(() => { throw new Error(); }); }); test('h', () => new Promise((end) => setTimeout(end, 50)));",
    '2 passed, 1 failed',
  ],
])('the last line counts %s', async (_, content, expected) => {
  expect(await lastLine(content)).toBe(expected);
});
