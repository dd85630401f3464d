// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { binary } from '../../services/native/programs/binaries.ts';
import { cCompiler } from '../requirement.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** The texts below any of these keys, each once. */
function textsOf(value: unknown, keys: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const texts = Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' && keys.includes(key) ? [inner] : textsOf(inner, keys),
  );
  return [...new Set(texts)];
}

async function texts(folder: string, keys: readonly string[]): Promise<string> {
  const files = (await readdir(path.join(root, folder))).filter((name) => /\.(json|yml)$/.test(name));
  const contents = await Promise.all(files.map((name) => readFile(path.join(root, folder, name), 'utf8')));
  expect(contents.length).toBeGreaterThan(0);
  // Prometheus fills templates in: a number stands in their place.
  return contents
    .flatMap((content) => textsOf(parse(content), keys))
    .join('\n\n')
    .replaceAll(/\{\{.*?\}\}/g, '5');
}

describe.skipIf(cCompiler() === undefined)('Vale, with the rules and the vocabulary of test/source/prose,', () => {
  let vale: string;
  beforeAll(async () => {
    vale = await binary('vale');
  });
  const lint = (args: readonly string[], input?: string) =>
    execa(vale, ['--no-global', '--output=line', ...args], { cwd: root, input, all: true, reject: false });
  const lintText = (text: string) => lint(['--ext=.md'], text);

  test('finds nothing in the documents', async () => {
    const { stdout } = await execa('git', ['ls-files', '*.md'], { cwd: root });
    expect(await lint(stdout.split('\n'))).toMatchObject({ all: '', exitCode: 0 });
  });

  test.each([
    ['panels', 'grafana/dashboards', ['description']],
    ['alerts', 'collector-config/prometheus/rules', ['summary', 'description']],
  ])('finds nothing in the texts of %s', async (_, folder, keys) => {
    const text = await texts(folder, keys);
    expect(text.split(/\s+/).length).toBeGreaterThan(500);
    expect(await lintText(text)).toMatchObject({ all: '', exitCode: 0 });
  });

  test.each([
    ['Riddles', 'Whoever asks is told by nobody.'],
    ['Plain', 'The proxy stands beside the collector.'],
    ['ClauseAsSubject', 'What a full metric gives is the user.'],
    ['DoubleNegation', 'It is not uncommon.'],
    ['SentenceLength', `${'One word follows the next and '.repeat(7)}so on.`],
    ['Spelling', 'The colector keeps it.'],
    ['Repetition', 'The the collector keeps it.'],
  ])('finds a planted fault of the kind %s', async (rule, text) => {
    const { all, exitCode } = await lintText(text);
    expect(all).toContain(`.${rule}:`);
    expect(exitCode).toBe(1);
  });

  test('leaves commands, code and names in them alone', async () => {
    expect(await lintText('Run `npx whoever beside`.\n\n```sh\nwhat nobody --anew\n```\n')).toMatchObject({ all: '' });
  });
});
