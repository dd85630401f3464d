// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readMutations, withoutContext } from './mutations.ts';

/*
 * That each mutation turns its test red is shown by `npm run soak -- mutations`; here only that nothing has moved away from under them.
 */

const root = path.resolve(import.meta.dirname, '../..');
const all = await readMutations();

test('there are twenty mutations or more, of the product and not of its tests', async () => {
  expect(all.length).toBeGreaterThanOrEqual(20);
  for (const { name, patch } of all) {
    const changed = [...(await readFile(patch, 'utf8')).matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file]) => file);
    expect(changed, name).not.toEqual([]);
    for (const file of changed)
      expect(file, name).toMatch(/^(collector-config|grafana|otel|services)\/|^docker-compose/);
  }
});

test('every mutation still applies', async () => {
  for (const { name, patch } of all) {
    const { all: complaint } = await execa('git', ['apply', ...withoutContext, '--check', patch], {
      cwd: root,
      reject: false,
      all: true,
    });
    expect(complaint, `${name}: make the patch anew for what the source is now`).toBe('');
  }
});

test('every test that a mutation names exists', async () => {
  for (const { name, file, title } of all) {
    const source = await readFile(path.join(root, file), 'utf8');
    const first = [...source.matchAll(/\(\s*(['"`])((?:(?!\1)[^\\\n]|\\.)+)\1/g)].map(([, , text = '']) => text);
    for (const part of title.split(' > '))
      expect(
        first.some((text) => isTitle(text, part)),
        `${name}: ${part}`,
      ).toBe(true);
  }
});

/** Whether vitest could make `title` of a string in a source, in which `%s` and the like stand for anything. */
function isTitle(text: string, title: string): boolean {
  if (!/\w{3}/.test(text.replaceAll(/%[sdijfo]/g, ''))) return false;
  const pattern = text.replaceAll('\\', '').replaceAll(/[.*+?^${}()|[\]]/g, '\\$&');
  return new RegExp(`^${pattern.replaceAll(/%[sdijfo]/g, '.+')}$`).test(title);
}
