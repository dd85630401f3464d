// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { blocks, documents } from '../documents.ts';
import { notExecuted } from '../typed.ts';

/*
 * What is above each command block is checked here (documents.ts says what may be), and that it is run by the test file that it names
 * (typed.ts). A reader also follows links: none is dead, and they lead from README.md to every document.
 */

const root = path.resolve(import.meta.dirname, '../..');
const shells = ['sh', 'bash', 'shell', 'console'];

/** What is wrong with a document, one line each. */
async function faults(file: string, markdown: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const { line, language, commands, marker } of blocks(markdown)) {
    const fault = (text: string) => wrong.push(`${file}:${line}: ${text}`);
    if (!language) fault('the block does not name its language');
    if (!shells.includes(language)) continue;
    // On macOS a shell passes a comment that is pasted to the command.
    if (commands.some((command) => /(^|\s)#/.test(command))) fault('a comment in the command block');
    if (!marker) {
      fault('no <!-- tested: file --> or <!-- not run: why --> above the command block');
    } else if (marker.kind !== 'not run') {
      const source = await readFile(path.join(root, marker.value), 'utf8').catch(() => undefined);
      if (source === undefined) fault(`${marker.value} does not exist`);
      else if (!/from '(?:\.\.\/)+typed\.ts'|from '\.\/helpers\/operator\.ts'/.test(source))
        fault(`${marker.value} does not run commands by typed.ts`);
      else if (marker.kind === 'runs' && !source.includes(`'${path.dirname(file)}'`))
        fault(`${marker.value} does not read ${path.dirname(file)}`);
    } else if (marker.value.split(' ').length < 4) {
      fault(`"not run: ${marker.value}" does not say why`);
    }
  }
  return wrong;
}

const pages = await documents();

/** Files that a document links to, from the root of the project, with the heading if it names one. */
function links(file: string): { readonly to: string; readonly heading: string | undefined }[] {
  const text = (pages.get(file) ?? '').replaceAll(/^```.*?^```/gms, '');
  return [...text.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, to = '', heading]) => ({
    to: to ? path.join(path.dirname(file), to) : file,
    heading,
  }));
}

/** As GitHub makes them. */
const anchors = (markdown = '') =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

test('every link of a document leads to a file, and to a heading that is there', async () => {
  for (const file of pages.keys()) {
    for (const { to, heading } of links(file)) {
      await expect(access(path.join(root, to)), `${file}: ${to}`).resolves.toBeUndefined();
      if (heading) expect(anchors(pages.get(to)), `${file}: ${to}`).toContain(heading);
    }
  }
});

test('every document is found from README.md, link by link', () => {
  const found = new Set(['README.md']);
  for (const file of found) for (const { to } of links(file)) if (pages.has(to)) found.add(to);
  expect([...pages.keys()].filter((file) => !found.has(file))).toEqual([]);
});

test('every command block in the documents is run by a test, or says why not', async () => {
  const wrong = await Promise.all([...pages].map(([file, markdown]) => faults(file, markdown)));
  expect(wrong.flat()).toEqual([]);
});

test.each([
  ['a block without a marker', '```sh\nnpm start\n```', ['no <!-- tested: file -->']],
  ['a missing test', '<!-- tested: test/none.test.ts -->\n\n```sh\nnpm start\n```', ['does not exist']],
  [
    'a test that runs no command',
    '<!-- tested: vitest.config.ts -->\n```console\n$ npm run unheard-of\noutput\n```',
    ['vitest.config.ts does not run commands by typed.ts'],
  ],
  [
    'a folder its test does not read',
    '<!-- runs: test/e2e/drill.test.ts -->\n```sh\nnpm start\n```',
    ['test/e2e/drill.test.ts does not read .'],
  ],
  ['a comment', '<!-- not run: it asks for a password -->\n```sh\nnpm start # all of it\n```', ['a comment in']],
  ['an excuse that says nothing', '<!-- not run: later -->\n```bash\nnpm start\n```', ['does not say why']],
  ['a block without a language', '```\nnpm start\n```', ['does not name its language']],
  ['nothing in a block that holds no command', '```json\n{}\n```', []],
  ['nothing where it says why', '<!-- not run: it asks for a password -->\n```sh\nsudo \\\n  ls\n```', []],
])('the check names %s', async (_, markdown, expected) => {
  const wrong = await faults('page.md', markdown);
  expect(wrong).toHaveLength(expected.length);
  for (const text of expected) expect(wrong.join('\n')).toContain(text);
});

test('a command that the text of its test holds, and that is not run, is named', async () => {
  const page = '<!-- tested: test/some.test.ts -->\n```sh\nnpm start -- \\\n  --once\nnpm test\n```\n';
  const pages = Promise.resolve(new Map([['page.md', page]]));
  expect(await notExecuted('test/some.test.ts', new Set(['npm test']), pages)).toEqual([
    'page.md:2: npm start -- --once',
  ]);
  expect(await notExecuted('test/some.test.ts', new Set(['npm test', 'npm start -- --once']), pages)).toEqual([]);
  expect(await notExecuted('test/other.test.ts', new Set(), pages)).toEqual([]);
});
