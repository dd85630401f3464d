// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';

/*
 * A reader copies commands, so each command block of a document says, in a comment right above it, what proves it:
 *   <!-- tested: test/e2e/start.test.ts -->   that test file contains every command of the block
 *   <!-- runs: test/e2e/drill.test.ts -->     that test file reads the document, and runs every block of it that says so
 *   <!-- needs: docker -->                    it cannot run without a Docker engine
 * A block in `console` shows output as well: only its lines after `$ ` are commands.
 * A reader also follows links: none is dead, and they lead from README.md to every document.
 */

const root = path.resolve(import.meta.dirname, '../..');
const shells = ['sh', 'bash', 'shell', 'console'];

interface Block {
  readonly line: number;
  readonly language: string;
  readonly commands: readonly string[];
  readonly marker: { readonly kind: string; readonly value: string } | undefined;
}

function blocks(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const found: Block[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    const fence = /^\s*(```+|~~~+)\s*(\S*)/.exec(lines[start] ?? '');
    if (!fence?.[1]) continue;
    const end = lines.findIndex((line, index) => index > start && line.trim() === fence[1]);
    const body = lines.slice(start + 1, end).map((line) => line.trim());
    const typed = fence[2] === 'console' ? body.flatMap((line) => /^\$ (.+)/.exec(line)?.[1] ?? []) : body;
    const above = lines.slice(0, start).findLast((line) => line.trim() !== '');
    const [, kind, value] = /^\s*<!-- (tested|runs|needs): (\S+) -->$/.exec(above ?? '') ?? [];
    found.push({
      line: start + 1,
      language: fence[2] ?? '',
      // A trailing comment explains; a continued line is one command.
      commands: typed
        .join('\n')
        .replace(/\\\n\s*/g, '')
        .split('\n')
        .map((line) => line.replace(/(^|\s+)#.*$/, '').trim())
        .filter(Boolean),
      marker: kind && value ? { kind, value } : undefined,
    });
    start = end;
  }
  return found;
}

/** What is wrong with a document, one line each. */
async function faults(file: string, markdown: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const { line, language, commands, marker } of blocks(markdown)) {
    const fault = (text: string) => wrong.push(`${file}:${line}: ${text}`);
    if (!language) fault('the block does not name its language');
    if (!shells.includes(language)) continue;
    if (!marker) {
      fault('no <!-- tested: file --> or <!-- needs: docker --> above the command block');
    } else if (marker.kind === 'tested') {
      const source = await readFile(path.join(root, marker.value), 'utf8').catch(() => undefined);
      if (source === undefined) fault(`${marker.value} does not exist`);
      for (const command of commands) {
        if (source !== undefined && !source.includes(command)) fault(`${marker.value} does not contain: ${command}`);
      }
    } else if (marker.kind === 'runs') {
      const source = await readFile(path.join(root, marker.value), 'utf8').catch(() => '');
      if (!source.includes(`'${path.dirname(file)}'`)) fault(`${marker.value} does not read ${path.dirname(file)}`);
    } else if (marker.value !== 'docker' || !commands.some((command) => /\bdocker\b/.test(command))) {
      fault(`<!-- needs: ${marker.value} --> stands above a block without docker`);
    }
  }
  return wrong;
}

let documents: ReadonlyMap<string, string>;

beforeAll(async () => {
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
  });
  const contents = stdout
    .split('\n')
    .map(async (file) => [file, await readFile(path.join(root, file), 'utf8').catch(() => '')] as const);
  documents = new Map(await Promise.all(contents));
});

/** Files that a document links to, from the root of the project, with the heading if it names one. */
function links(file: string): { readonly to: string; readonly heading: string | undefined }[] {
  const text = (documents.get(file) ?? '').replaceAll(/^```.*?^```/gms, '');
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
  for (const file of documents.keys()) {
    for (const { to, heading } of links(file)) {
      await expect(access(path.join(root, to)), `${file}: ${to}`).resolves.toBeUndefined();
      if (heading) expect(anchors(documents.get(to)), `${file}: ${to}`).toContain(heading);
    }
  }
});

test('every document is found from README.md, link by link', () => {
  const found = new Set(['README.md']);
  for (const file of found) for (const { to } of links(file)) if (documents.has(to)) found.add(to);
  expect([...documents.keys()].filter((file) => !found.has(file))).toEqual([]);
});

test('every command block in the documents is executed by a test or needs Docker', async () => {
  const wrong = await Promise.all([...documents].map(([file, markdown]) => faults(file, markdown)));
  expect(wrong.flat()).toEqual([]);
});

test.each([
  ['a block without a marker', '```sh\nnpm start\n```', ['no <!-- tested: file -->']],
  ['a missing test', '<!-- tested: test/none.test.ts -->\n\n```sh\nnpm start\n```', ['does not exist']],
  [
    'a command its test does not run',
    '<!-- tested: vitest.config.ts -->\n```console\n$ npm run unheard-of # why\noutput\n```',
    ['vitest.config.ts does not contain: npm run unheard-of'],
  ],
  [
    'a folder its test does not read',
    '<!-- runs: vitest.config.ts -->\n```sh\nnpm start\n```',
    ['vitest.config.ts does not read .'],
  ],
  ['an excuse that does not apply', '<!-- needs: docker -->\n```bash\nnpm start\n```', ['without docker']],
  ['a block without a language', '```\nnpm start\n```', ['does not name its language']],
  ['nothing in a block that holds no command', '```json\n{}\n```', []],
  ['nothing where Docker is needed', '<!-- needs: docker -->\n```sh\ndocker compose \\\n  up\n```', []],
])('the check names %s', async (_, markdown, expected) => {
  const wrong = await faults('page.md', markdown);
  expect(wrong).toHaveLength(expected.length);
  for (const text of expected) expect(wrong.join('\n')).toContain(text);
});
