// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Sample, Suite } from '../harness.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** What people write by hand; generated and recorded files are left out. */
const written = /\.(ts|tsx|mjs|cjs|py|go|sh|yaml|yml|conf|sql|css|html)$/;
const left =
  /(^|\/)(fixtures|dist|results)\/|^collector-config\/(prometheus\/rules\/|kubernetes\/rules|otelcol\/(components|main\w*)\.go)|^otel\/python\/onyx_metrics\/catalogue\.py/;

const folders: Readonly<Record<string, RegExp>> = {
  'otel/': /^otel\//,
  'services/verify/': /^services\/verify\//,
  'services/, the rest': /^services\/(?!verify\/)/,
  'collector-config/': /^collector-config\//,
  'grafana/src/': /^grafana\/src\//,
  'grafana/preview/': /^grafana\/preview\//,
  'test/bench/': /^test\/bench\//,
  'test/soak/': /^test\/soak\//,
  'test/, the rest': /^test\/(?!bench\/|soak\/)/,
};

export const lines: Suite = {
  name: 'lines',
  question: 'How many lines of code does each folder have?',
  subjects: Object.keys(folders) as [string, ...string[]],
  workloads: ['written by hand'],
  packages: [],
  async measureTogether() {
    const { stdout } = await execa('git', ['ls-files'], { cwd: root });
    const files = stdout.split('\n').filter((file) => written.test(file) && !left.test(file));
    const counted = await Promise.all(
      Object.entries(folders).map(async ([name, within]): Promise<[string, Sample]> => {
        const texts = await Promise.all(
          files.filter((file) => within.test(file)).map((file) => readFile(path.join(root, file), 'utf8')),
        );
        return [name, { files: texts.length, ...count(texts) }];
      }),
    );
    return Object.fromEntries(counted);
  },
};

/** Lines that are not empty, and those among them that are only a comment. */
export function count(texts: readonly string[]): { readonly lines: number; readonly ofThemComments: number } {
  const full = texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
  return { lines: full.length, ofThemComments: full.filter((line) => /^\s*(\/\/|\/\*|\*|#|--)/.test(line)).length };
}
