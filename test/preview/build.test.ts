// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { installPreview, previewPage } from '../../services/native/preview.ts';
import { readSettings } from '../../services/native/settings.ts';

const preview = path.resolve(import.meta.dirname, '../../grafana/preview');

test('the types of the page agree', async () => {
  await installPreview();
  const { exitCode, all } = await execa(
    process.execPath,
    [path.join(preview, 'node_modules/typescript/bin/tsc'), '--noEmit'],
    {
      cwd: preview,
      reject: false,
      all: true,
    },
  );
  expect(exitCode, all).toBe(0);
});

test('the built page brings its own fonts and icons, and is built once', async () => {
  const settings = readSettings();
  const page = await previewPage(settings);
  expect(await previewPage(settings)).toBe(page);
  for (const file of [
    'index.html',
    'public/fonts/inter/Inter-Regular.woff2',
    'public/build/img/icons/unicons/angle-double-left.svg',
  ]) {
    expect(existsSync(path.join(page, file)), file).toBe(true);
  }
  expect((await readdir(path.join(page, 'assets'))).filter((name) => name.endsWith('.js')).length).toBeGreaterThan(0);
});
