// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { folderOfTest } from '../folder.ts';
import { circumstances, writeResult } from '../result.ts';
import { newestResult, resultName, resultsFolder, roundsOfToday, sinceName } from './committed.ts';
import { compare } from './harness.ts';
import { newestResults } from './page/page.ts';

test('every committed result is that of a suite which the page tells, and the newest one of each can be read', async () => {
  const names = [...(await newestResults()).keys()];
  const files = await readdir(resultsFolder);
  expect(files.filter((file) => !names.some((name) => file.startsWith(`${name}-2`)))).toEqual([]);
  for (const name of names) {
    const found = await newestResult(name);
    if (found !== undefined)
      expect([found.name, Object.keys(found.comparison).length > 0]).toEqual([name.replace(/-node\d+$/, ''), true]);
  }
});

test('a result of another Node than 20 says so in its name, and stands beside that of 20', () => {
  expect([20, 24].map((major) => resultName('overhead', major))).toEqual(['overhead', 'overhead-node24']);
});

test('a comparison with an older preload has a name of its own, which is no result of the suite', async () => {
  expect(sinceName('overhead', 'd89a808')).toBe('overhead-since-d89a808');
  const folder = folderOfTest();
  await writeResult(folder, sinceName('overhead', 'd89a808'), await circumstances([]));
  expect(await newestResult('overhead', folder)).toBeUndefined();
});

test('a suite that was never run has no result', async () => {
  expect(await newestResult('unheard-of')).toBeUndefined();
});

test('rounds are added to those of the same day, commit, versions and machine only', async () => {
  const folder = folderOfTest();
  const suite = {
    ...{ name: 'fake', question: 'Is it kept?', subjects: ['one'] as const, workloads: ['only'], packages: [] },
    measure: async () => ({ value: 1, nothing: Number.NaN }),
  };
  const where = await circumstances(suite.packages);
  expect(await roundsOfToday('fake', where, folder)).toEqual({ comparison: {}, rounds: 0 });
  const comparison = await compare(suite, 2, false, () => {});
  const { name, question } = suite;
  await writeResult(folder, name, { name, question, ...where, pinned: true, rounds: 2, comparison });
  expect(await roundsOfToday('fake', where, folder)).toMatchObject({ comparison, rounds: 2 });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  expect(await roundsOfToday('fake', { ...where, date: tomorrow }, folder)).toMatchObject({ rounds: 0 });
  const other = roundsOfToday('fake', { ...where, commit: 'another' }, folder);
  await expect(other).rejects.toThrow(/^fake-[\d-]+\.json has another commit/);
});
