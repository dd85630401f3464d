// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { goTests } from '../../collector-config/go-builds.ts';
import { folderOfFile } from '../folder.ts';
import { harmless, paths, personal } from '../otel/limit/personal-corpus.ts';
import { passing } from './helpers/go-tests.ts';

const folder = folderOfFile();

test('the redaction of our distribution masks and drops what upstream’s does, of the whole corpus too', async () => {
  const corpus = join(folder, 'corpus.json');
  await writeFile(corpus, JSON.stringify([...personal, ...harmless, ...paths].map(({ value }) => value)));
  const names = await passing(goTests.redaction, { ONYX_CORPUS: corpus });
  expect(names).toContain('TestJudgesTheCorpusAsUpstreamDoes');
  expect(names).toContain('TestMakesOfEveryMessageWhatUpstreamMakes');
  expect(names).toContain('FuzzAnyText');
  // Without `npm test` its program is not built yet.
}, 600_000);
