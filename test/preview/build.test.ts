// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { boards } from '../../grafana/src/board-files.ts';
import { readSettings } from '../../services/native/environment.ts';
import { installPreview, previewPage } from '../../services/native/programs/preview.ts';
import { picturedIn } from '../services/scenarios/scenarios-table.ts';

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

test('page and server are a preview and no second Grafana: at most 2,000 lines of code', async () => {
  const { stdout } = await execa('git', ['ls-files', '*.ts', '*.tsx', '*.css', '*.html'], { cwd: preview });
  const texts = await Promise.all(stdout.split('\n').map((file) => readFile(path.join(preview, file), 'utf8')));
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => !/^\s*(\/\/|\/?\*|<!--|$)/.test(line));
  expect(lines.length).toBeLessThanOrEqual(2000);
  expect(lines.length).toBeGreaterThan(1000);
});

test('each board has its picture, dark, light and in a scenario, as wide as a small screen', async () => {
  const docs = path.resolve(preview, '../../docs/images');
  for (const { uid } of boards) {
    for (const ending of ['', '-light', `-${picturedIn(uid)}`]) {
      const picture = await readFile(path.join(docs, `${uid}${ending}.png`));
      // The width stands in the header of a PNG.
      expect(picture.readUInt32BE(16), uid).toBe(1366);
    }
  }
});
