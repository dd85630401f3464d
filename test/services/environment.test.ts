// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { address, readEnvironment, secretFile, url } from '../../services/http/environment.ts';
import { folderOfTest } from '../folder.ts';

const schema = z.object({ ...address, ONYX_URL: url, KEY_FILE: secretFile });

test('every variable that is missing or wrong is named, one a line', () => {
  const environment = { PORT: '70000', ONYX_URL: 'ftp://onyx', KEY_FILE: '/nowhere' };
  expect(() => readEnvironment(schema, environment)).toThrow(
    /^PORT: [^\n]+\nONYX_URL: [^\n]+\nKEY_FILE: the file \/nowhere cannot be read$/,
  );
});

test('a secret is what its file holds, without the line break', async () => {
  const folder = folderOfTest();
  const file = join(folder, 'key');
  await writeFile(file, 'secret\n');
  const environment = { PORT: '3000', ONYX_URL: 'http://onyx:3001/', KEY_FILE: file };
  expect(readEnvironment(schema, environment)).toEqual({
    HOST: '127.0.0.1',
    PORT: 3000,
    ONYX_URL: 'http://onyx:3001',
    KEY_FILE: 'secret',
  });
});
