// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { folderOfFile } from './folder.ts';
import { ImportGraph, type Need } from './needs.ts';

const sources: Readonly<Record<string, string>> = {
  'test/sum.test.ts': `import { sum } from './sum.ts'; export default sum;`,
  'test/sum.ts': 'export const sum = 2;',
  'test/far.test.ts': `import './helper.ts';`,
  'test/helper.ts': `export { shell } from './shell.ts';`,
  'test/shell.ts': `import { execa } from 'execa'; export const shell = execa;`,
  'test/later.test.ts': `export const later = () => import('./shell.ts');`,
  'test/type.test.ts': `import type { shell } from './shell.ts'; export type Shell = typeof shell;`,
  'test/collector.test.ts': `import './collector.ts';`,
  'test/collector.ts': `import { binary } from '../services/native/programs/binaries.ts';
    export const programs = [binary('otelcol'), binary(Math.random() > 2 ? 'promtool' : 'amtool')];`,
  'test/python.test.ts': `import { platformPython } from '../services/native/programs/python.ts'; platformPython();`,
  'services/native/programs/binaries.ts': `import { platformPython } from './python.ts';
    export const binary = (name: string) => [name, platformPython(), 'prometheus'];`,
  'services/native/programs/python.ts': `import 'node:child_process'; export const platformPython = () => {};`,
};
const folder = folderOfFile();
let graph: ImportGraph;

beforeAll(async () => {
  for (const [file, source] of Object.entries(sources)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), source);
  }
  graph = await ImportGraph.of(
    Object.keys(sources).filter((file) => file.endsWith('.test.ts')),
    folder,
  );
});

test.each([
  ['test/sum.test.ts', true],
  ['test/type.test.ts', true],
  ['test/far.test.ts', false],
  ['test/later.test.ts', false],
  ['test/collector.test.ts', false],
])('a test is pure when no file that it reaches starts a program: %s is %s', (file, pure) => {
  expect(graph.isPure(file)).toBe(pure);
});

test.each<[string, Need[]]>([
  ['test/sum.test.ts', []],
  ['test/collector.test.ts', ['otelcol', 'promtool', 'amtool']],
  ['test/python.test.ts', ['python']],
])('what is built for a test is what the files that it reaches ask for: %s %j', (file, needs) => {
  expect([...graph.needs([file])]).toEqual(needs);
});

test('of this project most tests of the sources of `otel`, the boards and the verifier are pure, and none with a collector is', async () => {
  const here = await ImportGraph.of([
    ...['test/otel/settings.test.ts', 'test/grafana/boards.test.ts', 'test/verify/answers.test.ts'],
    ...['test/collector/push.test.ts', 'test/e2e/start.test.ts', 'test/docker/overlay.test.ts'],
  ]);
  for (const file of ['test/otel/settings.test.ts', 'test/grafana/boards.test.ts', 'test/verify/answers.test.ts']) {
    expect(here.isPure(file), file).toBe(true);
    expect([...here.needs([file])], file).toEqual([]);
  }
  expect(here.isPure('test/collector/push.test.ts')).toBe(false);
  expect([...here.needs(['test/collector/push.test.ts'])].sort()).toEqual(['otelcol', 'prometheus']);
  expect([...here.needs(['test/e2e/start.test.ts'])].sort()).toEqual([
    'alertmanager',
    'otelcol',
    'preview',
    'prometheus',
    'python',
    'redis',
  ]);
  expect([...here.needs(['test/docker/overlay.test.ts'])]).toContain('docker');
});
