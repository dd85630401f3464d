// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { readSettings, root } from '../../../services/native/environment.ts';
import { folderOfFile } from '../../folder.ts';
import { typed } from '../../typed.ts';
import { frameworksPython, preload, source } from './python.ts';

/*
 * The Python package is checked by Python's own tools, and its own tests are counted here. The folder that is handed over is what is
 * tested: it is the sources and upstream's SDK next to them.
 */

const python = await frameworksPython();
const folder = await preload();
const results = folderOfFile();

const outputOf = (args: readonly string[], options: { cwd: string; env?: Record<string, string> }) =>
  execa(python, ['-m', ...args], { ...options, reject: false, all: true });

/** Every test of the suite and how it ended, as pytest reports it. */
async function suite(): Promise<readonly { readonly name: string; readonly failure: string }[]> {
  const report = join(results, 'report.xml');
  const { all } = await outputOf(['pytest', '-q', `--junitxml=${report}`, '.'], {
    // Next to the sources, the package would be found there.
    cwd: join(source, 'tests'),
    env: { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const xml = await readFile(report, 'utf8').catch(() => Promise.reject(new Error(all)));
  return [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs)].map(
    ([, file = '', name = '', inside = '']) => ({
      name: `${file}: ${name.replaceAll('_', ' ')}`,
      failure: inside.includes('<failure') || inside.includes('<error') ? inside : '',
    }),
  );
}

describe('the suite of the Python package', async () => {
  const cases = await suite();
  test('has tests', () => expect(cases.length).toBeGreaterThan(10));
  test.each(cases)('$name', ({ failure }) => expect(failure).toBe(''));
});

const rules = join(source, 'pyproject.toml');
const onyx = join(root, 'services/onyx-python');

describe.each([
  ['the Python package', { cwd: source, checked: ['onyx_metrics', 'sitecustomize.py'], beside: folder }],
  ['Onyx in Python', { cwd: onyx, checked: ['onyx'], beside: onyx }],
])('%s', (_, { cwd, checked, beside }) => {
  test('is written as ruff would write it', async () => {
    const { all, exitCode } = await outputOf(['ruff', 'format', '--check', '--no-cache', '--config', rules, '.'], {
      cwd,
    });
    expect(exitCode, all).toBe(0);
  });

  test('has none of the faults that ruff knows', async () => {
    const { all, exitCode } = await outputOf(['ruff', 'check', '--no-cache', '--config', rules, '.'], { cwd });
    expect(exitCode, all).toBe(0);
  });

  test('has types that hold, upstream included', async () => {
    const { cacheDir } = readSettings();
    const configuration = ['--config-file', rules, '--cache-dir', join(cacheDir, 'mypy')];
    const { all, exitCode } = await outputOf(['mypy', ...configuration, ...checked], {
      cwd: beside,
      env: { MYPYPATH: folder },
    });
    expect(exitCode, all).toBe(0);
  });
});

describe('the Python package', () => {
  test('is put beside the preload of Node by npm run build:python', async () => {
    const { stdout } = await typed('npm --prefix onyx-metrics run build:python', {
      as: (command) => command.replace('onyx-metrics', '.'),
      cwd: join(source, '../..'),
    });
    const built = stdout.split('\n').at(-1) ?? '';
    expect(built).toMatch(/otel\/dist\/python$/);
    const { all } = await outputOf(['ends'], { cwd: tmpdir(), env: { PYTHONPATH: built } });
    expect(all).toContain('No module named ends');
  });

  test('imports nothing that sends traces, which would lengthen each start', async () => {
    const loaded = 'import sys, onyx_metrics.measuring; print(*sys.modules)';
    const { stdout } = await execa(python, ['-c', loaded], { env: { PYTHONPATH: folder } });
    expect(stdout).toContain('otlp.json.http.metric_exporter');
    expect(stdout).not.toContain('trace_exporter');
  });
});
