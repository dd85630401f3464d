// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { binary } from '../../services/native/programs/binaries.ts';

const root = path.resolve(import.meta.dirname, '../..');
const workflows = path.join(root, '.github/workflows');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onyx-workflows-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Without the programs that a machine may have or not. */
const lint = async (...files: readonly string[]) =>
  execa(await binary('actionlint'), ['-shellcheck=', '-pyflakes=', '-no-color', ...files], {
    cwd: root,
    all: true,
    reject: false,
  });

test('actionlint finds nothing wrong with the workflows, and something with a wrong one', async () => {
  expect(await lint()).toMatchObject({ exitCode: 0, all: '' });
  const wrong = path.join(folder, 'wrong.yml');
  await writeFile(
    wrong,
    (await readFile(path.join(workflows, 'release.yml'), 'utf8')).replace('needs: test', 'needs: tests'),
  );
  const { exitCode, all } = await lint(wrong);
  expect(exitCode).toBe(1);
  expect(all).toContain('job "package" needs job "tests" which does not exist');
});

test('every action is pinned by commit, with its version in a comment, and one version only', async () => {
  const versions = new Map<string, Set<string>>();
  for (const name of await readdir(workflows)) {
    const text = await readFile(path.join(workflows, name), 'utf8');
    for (const [, used = ''] of text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)) {
      if (used.startsWith('./')) continue;
      expect(used, name).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      const [action = '', version = ''] = used.split('@');
      versions.set(action, (versions.get(action) ?? new Set()).add(version));
    }
  }
  expect(versions.size).toBeGreaterThanOrEqual(4);
  for (const [action, pinned] of versions) expect([...pinned], action).toHaveLength(1);
});

test('Dependabot looks wherever there is something to renew, and nowhere else', async () => {
  const { updates } = parse(await readFile(path.join(root, '.github/dependabot.yml'), 'utf8')) as {
    updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[];
  };
  const manifests: Readonly<Record<string, RegExp>> = {
    npm: /^package-lock\.json$/,
    gomod: /^go\.sum$/,
    pip: /requirements\.txt$/,
    docker: /^Dockerfile$/,
    'docker-compose': /^docker-compose.*\.yml$/,
  };
  // Stand-ins are made of what is built here, and a fixture is what a user has.
  const standIns = /^test\/docker\/(images|platform)\/.*(Dockerfile|[.]yml)$/;
  const { stdout } = await execa('git', ['ls-files'], { cwd: root });
  const tracked = stdout.split('\n').filter((file) => !standIns.test(file));
  for (const [ecosystem, manifest] of Object.entries(manifests)) {
    const folders = tracked
      .filter((file) => manifest.test(path.basename(file)))
      .map((file) => path.join('/', path.dirname(file)));
    const looked = updates
      .filter((update) => update['package-ecosystem'] === ecosystem)
      .flatMap(({ directory, directories = [directory ?? ''] }) => directories);
    expect(looked.sort(), ecosystem).toEqual([...new Set(folders)].sort());
  }
});

describe('release.sh', () => {
  let version: string;
  beforeEach(async () => {
    version = JSON.parse(await readFile(path.join(root, 'otel/package.json'), 'utf8')).version;
    for (const part of ['.github', 'otel', 'package.json', 'package-lock.json', 'LICENSE', 'tsconfig.base.json'])
      await cp(path.join(root, part), path.join(folder, part), {
        recursive: true,
        filter: (file) => !/\/otel\/(dist|node_modules)$/.test(file),
      });
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    await writeFile(
      path.join(folder, 'CHANGELOG.md'),
      `# Changelog\n\n## Unreleased\n\n- Later.\n\n## ${version}\n\n- What is new.\n\n## 0.0.1\n\n- Long ago.\n`,
    );
  });

  const release = (tag: string) => execa('sh', ['.github/release.sh', tag], { cwd: folder, reject: false });

  test('makes package, preload and bill of materials, with checksums, and what is new', async () => {
    const { exitCode, stderr } = await release(`v${version}`);
    expect(exitCode, stderr).toBe(0);
    const at = (name: string) => path.join(folder, 'release', name);
    const names = (await readdir(at('.'))).sort();
    const tarball = `onyx-metrics-otel-${version}.tgz`;
    expect(names).toEqual(['SHA256SUMS', tarball, 'instrumentations.cjs', 'otel.spdx.json', 'register.cjs'].sort());
    const sums = (await readFile(at('SHA256SUMS'), 'utf8')).trim().split('\n');
    for (const name of names.filter((name) => name !== 'SHA256SUMS')) {
      const hash = createHash('sha256').update(await readFile(at(name)));
      expect(sums).toContain(`${hash.digest('hex')}  ${name}`);
    }
    const { packages } = JSON.parse(await readFile(at('otel.spdx.json'), 'utf8')) as { packages: { name: string }[] };
    expect(packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['@onyx-metrics/otel', '@opentelemetry/api', '@opentelemetry/sdk-metrics']),
    );
    expect((await execa(process.execPath, ['--require', at('register.cjs'), '--eval', '0'])).stderr).toBe('');
    expect((await readFile(path.join(folder, 'release.md'), 'utf8')).trim()).toBe('- What is new.');
  });

  test('refuses a tag that is not the version, and one of which the changelog says nothing', async () => {
    expect(await release('v9.9.9')).toMatchObject({
      exitCode: 1,
      stderr: `v9.9.9 is not v${version}, the version in otel/package.json: change one of them.`,
    });
    await writeFile(path.join(folder, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n- Later.\n');
    expect(await release(`v${version}`)).toMatchObject({
      exitCode: 1,
      stderr: `CHANGELOG.md has nothing under "## ${version}": write what changed there.`,
    });
  });
});
