// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderOfTest } from '../folder.ts';
import { ran, typed } from '../typed.ts';

/*
 * The commands of CONTRIBUTING.md, as typed.
 */

const root = path.resolve(import.meta.dirname, '../..');

// What runs this file.
ran('npm test');

test('npm run check finds nothing wrong with style, types, borders and dead code, and runs pure tests', async () => {
  const { exitCode, all } = await typed('npm run check', {
    // One pure test is enough here: all of them run in this same `npm test`.
    as: (command) => `${command} -- test/needs.test.ts`,
    cwd: root,
    reject: false,
    all: true,
  });
  expect(exitCode, all).toBe(0);
  for (const what of ['style', 'types', 'borders', 'dead code']) expect(all).toContain(what);
  expect(all?.split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed$/);
});

test('npm test -- test/otel runs the tests whose path begins so, and builds nothing that they do not use', async () => {
  const { stdout, stderr } = await typed('npm test -- test/otel', {
    // One file of that folder is enough here: all of them run in this same `npm test`.
    as: (command) => `${command}/record/label-values`,
    cwd: root,
  });
  expect(stdout).toContain('test/otel/record/label-values.test.ts');
  expect(stdout).not.toContain('test/source/');
  expect(stdout.split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed/);
  expect(stdout + stderr).not.toMatch(/otelcol|LiteLLM|preview|Redis/);
});

test('npm run format does what the style check asks for', async () => {
  const folder = folderOfTest();
  for (const file of ['package.json', 'biome.json', '.gitignore'])
    await cp(path.join(root, file), path.join(folder, file));
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  await writeFile(path.join(folder, 'ugly.ts'), 'export const ugly = {a:"b"}\n');
  await typed('npm run format', { cwd: folder });
  expect(await readFile(path.join(folder, 'ugly.ts'), 'utf8')).toBe("export const ugly = { a: 'b' };\n");
});

test('npm run bench -- --list names the suites', async () => {
  const { stdout } = await typed('npm run bench -- --list', { cwd: root });
  expect(stdout).toMatch(/^overhead: .+\?$/m);
});

test('npm run soak -- --list names the scenarios', async () => {
  const { stdout } = await typed('npm run soak -- --list', { cwd: root });
  expect(stdout).toMatch(/^collector-restart: .+\.$/m);
});
