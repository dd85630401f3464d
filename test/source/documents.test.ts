// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

/*
 * A reader copies commands, so each command block of a document says, in a comment right above it, what proves it:
 *   <!-- tested: test/e2e/start.test.ts -->   that test file contains every command of the block
 *   <!-- runs: test/e2e/drill.test.ts -->     that test file reads the document, and runs every block of it that says so
 *   <!-- needs: docker -->                    it cannot run without a Docker engine
 * A block in `console` shows output as well: only its lines after `$ ` are commands.
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

test('every command block in the documents is executed by a test or needs Docker', async () => {
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
  });
  const wrong = await Promise.all(
    stdout.split('\n').map(async (file) => faults(file, await readFile(path.join(root, file), 'utf8').catch(() => ''))),
  );
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
