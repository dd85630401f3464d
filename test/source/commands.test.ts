// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';

/*
 * The commands of CONTRIBUTING.md, as typed. The first of them, `npm test`, is what runs this file.
 */

const root = path.resolve(import.meta.dirname, '../..');

async function run(command: string, cwd = root): Promise<string> {
  const { stdout } = await execa(command, { shell: true, cwd });
  return stdout;
}

test('npm test -- test/otel runs the tests whose path begins so', async () => {
  // One file of that folder is enough here: all of them run in this same `npm test`.
  const output = await run('npm test -- test/otel/measure/route');
  expect(output).toContain('test/otel/measure/route.test.ts');
  expect(output).not.toContain('test/source/');
  expect(output.split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed/);
});

test('npm run format does what the style check asks for', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'onyx-format-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of ['package.json', 'biome.json', '.gitignore'])
    await cp(path.join(root, file), path.join(folder, file));
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  await writeFile(path.join(folder, 'ugly.ts'), 'export const ugly = {a:"b"}\n');
  await run('npm run format', folder);
  expect(await readFile(path.join(folder, 'ugly.ts'), 'utf8')).toBe("export const ugly = { a: 'b' };\n");
});

test('npm run bench -- --list names the suites', async () => {
  expect(await run('npm run bench -- --list')).toMatch(/^overhead: .+\?$/m);
});

test('npm run soak -- --list names the scenarios', async () => {
  expect(await run('npm run soak -- --list')).toMatch(/^collector-restart: .+\.$/m);
});
