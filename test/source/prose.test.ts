// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { binary } from '../../services/native/programs/binaries.ts';
import { folderOfFile } from '../folder.ts';
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

const tracked = async (...patterns: readonly string[]) =>
  (await execa('git', ['ls-files', '--', ...patterns], { cwd: root })).stdout.split('\n');

/** The comments of a file of YAML, a shell or nginx, each on its line, as Python has them; what is set in is a sentence for itself. */
const hashComments = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.match(/(?<=^|\s)# .*$/)?.[0].replace(/^# {2,}(.*)$/, '# - $1.') ?? '')
    .join('\n');

/** The strings of a TypeScript file that may be sentences, such as errors and log lines, each as an item on its line; not whole documents. */
function messages(text: string): string {
  const lines = text.split('\n').map(() => '');
  const source = ts.createSourceFile('', text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const said = ts.isTemplateExpression(node)
      ? [node.head, ...node.templateSpans.map(({ literal }) => literal)].map((part) => part.text).join('5')
      : ts.isStringLiteralLike(node)
        ? node.text
        : '';
    if (said.split(' ').length > 2 && !said.includes('\n'))
      lines[source.getLineAndCharacterOfPosition(node.getStart()).line] += `- ${said}`;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines.join('\n');
}

describe.skipIf(cCompiler() === undefined)('Vale, with the rules and the vocabulary of test/source/prose,', () => {
  let vale: string;
  beforeAll(async () => {
    vale = await binary('vale');
  });
  const folder = folderOfFile();
  const lint = (args: readonly string[], cwd = root, input?: string) =>
    execa(vale, ['--no-global', `--config=${root}/.vale.ini`, '--output=line', ...args], {
      cwd,
      input,
      all: true,
      reject: false,
    });
  const lintText = (text: string) => lint(['--ext=.md'], root, text);
  async function lintCopies(texts: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(texts)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    }
    return lint(Object.keys(texts), folder);
  }

  test('finds nothing in the documents', async () => {
    expect(await lint(await tracked('*.md'))).toMatchObject({ all: '', exitCode: 0 });
  });

  test('finds nothing in the comments of code', async () => {
    const files = await tracked('*.ts', '*.tsx', '*.py', '*.go');
    expect(files.length).toBeGreaterThan(500);
    expect(await lint(files)).toMatchObject({ all: '', exitCode: 0 });
  });

  test.each([
    ['errors and log lines', ['otel/*.ts', 'services/*.ts', 'collector-config/*.ts', 'grafana/*.ts'], '.md', messages],
    ['comments of JavaScript', ['*.mjs', '*.cjs'], '.ts', (text: string) => text],
    [
      'comments of configuration',
      ['*.y*ml', '*.sh', '*.conf', '*.cfg', '*Dockerfile', '.env.example', '.ci/run'],
      '.py',
      hashComments,
    ],
  ])('finds nothing in the %s, read as a language that Vale knows', async (_, patterns, ending, read) => {
    const files = await Promise.all(
      (await tracked(...patterns)).map(
        async (name) => [name + ending, read(await readFile(path.join(root, name), 'utf8'))] as const,
      ),
    );
    expect(files.length).toBeGreaterThan(20);
    expect(await lintCopies(Object.fromEntries(files))).toMatchObject({ all: '', exitCode: 0 });
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

  test('finds a planted riddle in comments, docstrings, errors and log lines', async () => {
    const planted = {
      'otel/comment.ts': '// It keeps what\n// nobody asks for.\n',
      'error.ts.md': messages("throw new Error('nobody asks for it');\n"),
      'log.ts.md': messages(`log(\`in \${file}: \${line} is what nobody asks for\`);\n`),
      'otel/docstring.py': 'def ask() -> None:\n    """Does what nobody asks for."""\n',
      'collector-config/comment.go': 'package planted\n\n// It keeps what nobody asks for.\n',
      'compose.yaml.py': hashComments('of:\n  it: 1 # nobody asks for it\n'),
    };
    const { all, exitCode } = await lintCopies(planted);
    for (const name of Object.keys(planted)) expect(all).toMatch(new RegExp(`^${name}:.*\\.Riddles:`, 'm'));
    expect(exitCode).toBe(1);
  });

  test('leaves commands, code and names in them alone', async () => {
    expect(await lintText('Run `npx whoever beside`.\n\n```sh\nwhat nobody --anew\n```\n')).toMatchObject({ all: '' });
  });
});
