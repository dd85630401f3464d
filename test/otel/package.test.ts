// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { collectorOfFile } from '../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../folder.ts';
import { typed } from '../typed.ts';
import { root } from './helpers/preloaded.ts';

/*
 * The package as npm would publish it, in the project of a user who installs it.
 */

const quiet = '--no-audit --no-fund --no-progress --ignore-scripts --prefer-offline --loglevel=error';
const megabyte = 1e6;

const folder = folderOfFile();
const project = path.join(folder, 'project');
const collector = await collectorOfFile();
let tarball: string;

beforeAll(async () => {
  await mkdir(project);
  tarball = await pack();
  await writeFile(path.join(project, 'package.json'), '{ "private": true, "type": "module" }');
  await typed('npm install @onyx-metrics/otel', {
    as: (command) => command.replace('@onyx-metrics/otel', `${quiet} ${tarball}`),
    cwd: project,
  });
});

/** In a copy: what `npm pack` builds first is in use here. */
async function pack(): Promise<string> {
  const copy = path.join(folder, 'copy');
  for (const part of ['LICENSE', 'tsconfig.base.json', 'otel'])
    await cp(path.join(root, part), path.join(copy, part), {
      recursive: true,
      filter: (file) => !/\/otel\/(dist|node_modules|LICENSE)$/.test(file),
    });
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  const { stdout } = await execa('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: path.join(copy, 'otel'),
  });
  return path.join(folder, stdout.split('\n').at(-1) ?? '');
}

const filesBelow = async (below: string) =>
  (await readdir(below, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

test('the tarball holds licence, readme, code and types, and nothing of how they were built', async () => {
  const installed = path.join(project, 'node_modules/@onyx-metrics/otel');
  const files = (await filesBelow(installed)).map((file) =>
    path.relative(installed, path.join(file.parentPath, file.name)),
  );
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/register.cjs', 'dist/types/index.d.ts']));
  const belongs =
    /^(LICENSE|README\.md|package\.json|dist\/(\w+\.[cm]js|types(-cjs)?\/[\w/-]+\.d\.ts|types-cjs\/package\.json))$/;
  expect(files.filter((file) => !belongs.test(file))).toEqual([]);
});

test('a default install is below 3 MB, with everything it depends on', async () => {
  const files = await filesBelow(path.join(project, 'node_modules'));
  const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(file.parentPath, file.name))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3 * megabyte);
});

test.each([
  // TypeScript 6 deprecates the resolution of Node 10, which knows no `exports`.
  ['attw', () => ['--profile', 'node16', '--no-emoji', tarball]],
  ['publint', () => ['run', tarball, '--strict']],
])('%s finds nothing wrong with it', async (program, args) => {
  const { exitCode, all } = await execa(program, args(), {
    preferLocal: true,
    localDir: root,
    cwd: folder,
    all: true,
    reject: false,
  });
  expect(exitCode, all).toBe(0);
});

/** What arrived of the service that the readme calls `orders`, by model. */
async function chats(model: string): Promise<string[]> {
  const { body } = await collector.scrape('apps');
  expect(body).not.toContain('alice');
  return body
    .split('\n')
    .filter((line) => line.startsWith('onyx_chat_duration_seconds_count') && line.includes(`model="${model}"`));
}

const start =
  'OTEL_SERVICE_NAME=orders OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 node --require @onyx-metrics/otel/register server.js';
const run = (file: string, env = {}) =>
  typed(start, {
    as: (command) =>
      command.replace('http://localhost:4318', new URL(collector.otlp).origin).replace('server.js', file),
    cwd: project,
    env,
  });

test('a strict project compiles against it and records, as an ES module and as CommonJS', async () => {
  const readme = await readFile(path.join(root, 'otel/README.md'), 'utf8');
  const [, example = ''] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  const [, imported = '', rest = ''] = /^(import .*?\n)(.*)$/s.exec(example) ?? [];
  const others = `import '@onyx-metrics/otel/register';
    import { catalogue } from '@onyx-metrics/otel/catalogue';
    import { requestMetrics } from '@onyx-metrics/otel/express';
    export const boundary: 0.1 = catalogue.onyx_chat_duration_seconds.boundaries[0];
    export const middleware = requestMetrics({ excludeRoutes: ['/health'] });
    // @ts-expect-error a type that got lost would be any
    requestMetrics(7);\n`;
  await writeFile(path.join(project, 'server.mts'), others + example.replaceAll('gpt-4o', 'from-esm'));
  await writeFile(
    path.join(project, 'server.cts'),
    `${others}${imported}void (async () => {\n${rest.replaceAll('gpt-4o', 'from-cjs')}})();\n`,
  );
  const options = { strict: true, module: 'nodenext', target: 'es2022', types: ['node'], skipLibCheck: false };
  await writeFile(path.join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
  const { version } = createRequire(import.meta.url)('@types/node/package.json') as { version: string };
  await execa(`npm install ${quiet} @types/node@${version}`, { shell: true, cwd: project });
  const { all, exitCode } = await execa('tsc', ['--project', project], {
    preferLocal: true,
    localDir: root,
    all: true,
    reject: false,
  });
  expect(exitCode, all).toBe(0);

  for (const [file, model] of [
    ['server.mjs', 'from-esm'],
    ['server.cjs', 'from-cjs'],
  ] as const) {
    const { stderr } = await run(file);
    expect(stderr).toBe('');
    await expect.poll(() => chats(model)).toEqual([expect.stringMatching(/user_id="u_[0-9a-f]{12}".* 1$/)]);
  }
});

test("upstream's instrumentations are asked for by one line until they are installed, and measure then", async () => {
  const code = (model: string) =>
    `import { chat } from '@onyx-metrics/otel'; chat.start({ model: '${model}', userId: 'alice' }).end({ success: true });
     setTimeout(() => {}, 3_000);`;
  const full = { ONYX_INSTRUMENTATION: 'full', OTEL_METRIC_EXPORT_INTERVAL: '500', OTEL_TRACES_EXPORTER: 'none' };
  await writeFile(path.join(project, 'without.mjs'), code('without'));
  const { stderr } = await run('without.mjs', full);
  expect(stderr).toMatch(
    /^otel\/register: ONYX_INSTRUMENTATION=full: .*@opentelemetry\/sdk-node.*\. Install @onyx-metrics\/otel with @opentelemetry\/sdk-node and @opentelemetry\/auto-instrumentations-node\. Using http$/,
  );
  await expect.poll(() => chats('without')).toHaveLength(1);

  const { devDependencies } = JSON.parse(await readFile(path.join(root, 'otel/package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  await typed('npm install @opentelemetry/sdk-node @opentelemetry/auto-instrumentations-node', {
    as: (command) =>
      `${command.replaceAll(/@opentelemetry\/\S+/g, (name) => `${name}@${devDependencies[name]}`)} ${quiet}`,
    cwd: project,
  });
  await writeFile(path.join(project, 'with.mjs'), code('with'));
  expect((await run('with.mjs', full)).stderr).toBe('');
  await expect.poll(() => chats('with')).toHaveLength(1);
});
