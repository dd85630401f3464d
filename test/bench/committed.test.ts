// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { newestResult, resultsFolder } from './committed.ts';
import { sections } from './page/sections.ts';

test('every committed result is that of a suite which the page tells, and the newest one of each can be read', async () => {
  const names = sections.map(({ suite }) => suite);
  const files = await readdir(resultsFolder);
  expect(files.filter((file) => !names.some((name) => file.startsWith(`${name}-2`)))).toEqual([]);
  for (const name of names) {
    const found = await newestResult(name);
    if (found !== undefined) expect([found.name, Object.keys(found.comparison).length > 0]).toEqual([name, true]);
  }
});

test('a suite that was never run has no result', async () => {
  expect(await newestResult('unheard-of')).toBeUndefined();
});
