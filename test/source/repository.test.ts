// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** Tracked text files (and those about to be added), by path. */
const files = new Map<string, string>();

beforeAll(async () => {
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of stdout.split('\n')) {
    const content = await readFile(path.join(root, file)).catch(() => undefined); // deleted, not yet committed
    if (content && !content.includes(0)) files.set(file, content.toString());
  }
});

/** `file:line: text` of every line of every file that matches. */
function matches(pattern: RegExp): string[] {
  return [...files].flatMap(([file, content]) =>
    content.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

test('no file names a package registry, neither the public ones nor the mirrors this machine uses', async () => {
  const { stdout } = await execa('npm', ['config', 'get', 'registry'], { cwd: root });
  const configured = [stdout, ...['PIP_INDEX_URL', 'UV_INDEX_URL', 'GOPROXY'].map((name) => process.env[name] ?? '')];
  const mirrors = configured
    .flatMap((value) => value.split(/[,|\s]/))
    .filter((value) => URL.canParse(value))
    .map((value) => quoted(new URL(value).host));
  const known = /(registry\.(npmjs|yarnpkg)|pypi|pythonhosted|(proxy|sum)\.golang)\.(org|com)/.source;
  expect(matches(new RegExp([known, ...mirrors].join('|')))).toEqual([]);
});

test('no file holds an absolute path of the machine it was written on', () => {
  expect(matches(new RegExp(`${quoted(`${root}/`)}|(^|[\\s"'\`=(:])/(root|home|Users|work)/\\w`))).toEqual([]);
});

test('every file of TypeScript begins with its licence', () => {
  const licence = '// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0\n';
  const without = [...files].filter(([file, content]) => /\.m?ts$/.test(file) && !content.startsWith(licence));
  expect(without.map(([file]) => file)).toEqual([]);
});

/** What private keys, tokens, DSNs, hashes of passwords and encrypted values look like. */
const secret = [
  ...['BEGIN [A-Z ]*PRIVATE KEY', 'AKIA[0-9A-Z]{16}', 'gh[pousr]_[A-Za-z0-9]{36}', 'xox[abprs]-[0-9A-Za-z-]{10,}'],
  ...['sk-[A-Za-z0-9_-]{32,}', '//[0-9a-f]{32}(:[0-9a-f]+)?@', '[$]2[aby][$][0-9]{2}[$][./A-Za-z0-9]{53}'],
  ...['eyJ[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{10,}[.]', 'encrypted:[A-Za-z0-9+/]{40}'],
].join('|');
/** Has published examples, to be masked, and had them where it stood before. */
const examples = 'test/otel/limit/personal-data.test.ts';

test('no file holds what looks like a secret, nor ever did', async () => {
  expect(matches(new RegExp(secret)).filter((found) => !found.startsWith(examples))).toEqual([]);
  const { stdout } = await execa(
    'git',
    [
      'log',
      '--all',
      '--format=%h %s',
      '--extended-regexp',
      `-G${secret}`,
      '--',
      '.',
      `:(exclude,glob)**/${path.basename(examples)}`,
    ],
    { cwd: root },
  );
  expect(stdout).toBe('');
});

test('git takes no secrets: neither their folder nor a .env, nor the keys of an encrypted one', async () => {
  const paths = ['secrets/redis_password', 'any/secrets/redis_password', '.env', '.env.keys'];
  const { stdout } = await execa('git', ['check-ignore', ...paths], { cwd: root });
  expect(stdout.split('\n')).toEqual(paths);
});

test('the lock file says what, not from where', async () => {
  const lock = JSON.parse(files.get('package-lock.json') ?? '{}') as {
    packages: Record<string, { resolved?: string; link?: boolean }>;
  };
  const located = Object.entries(lock.packages).filter(([, entry]) => entry.resolved && !entry.link);
  expect(located.map(([name]) => name)).toEqual([]);
});

test('every dependency is pinned to one version', () => {
  // The short name of our own package, and peers that others choose.
  const ours = new Set(['package.json: otel@file:otel']);
  const ranges = [...files].flatMap(([file, content]) => {
    if (path.basename(file) !== 'package.json') return [];
    const manifest = JSON.parse(content) as Record<string, Record<string, string> | undefined>;
    return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.entries(manifest[kind] ?? {}).flatMap(([name, version]) =>
        /^(npm:@?[\w/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) || ours.has(`${file}: ${name}@${version}`)
          ? []
          : [`${file}: ${name}@${version}`],
      ),
    );
  });
  expect(ranges).toEqual([]);
});

test('the licence is Apache-2.0, in the file and in every package', () => {
  expect(files.get('LICENSE')).toContain('Apache License');
  const manifests = [...files].filter(([file]) => path.basename(file) === 'package.json');
  for (const [file, content] of manifests) expect(JSON.parse(content), file).toMatchObject({ license: 'Apache-2.0' });
});

test('the changelog names the version of the package', () => {
  const { version } = JSON.parse(files.get('package.json') ?? '{}') as { version: string };
  expect(files.get('CHANGELOG.md')).toMatch(new RegExp(`^## \\[?(Unreleased|${quoted(version)})`, 'm'));
});

test('.ci/run is executable and calls nothing but npm test', async () => {
  expect((await stat(path.join(root, '.ci/run'))).mode & 0o111).not.toBe(0);
  expect(files.get('.ci/run')?.match(/^(npm|npx|node) .*$/gm)).toEqual([`npm test -- "$@" </dev/null | tee "$output"`]);
});
