// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { newestResult } from './committed.ts';
import { benchmarkPage } from './page/page.ts';
import { sections } from './page/sections.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/reference');
const results = new Map(
  await Promise.all(sections.map(async ({ suite }) => [suite, await newestResult(suite)] as const)),
);
await rm(path.join(folder, 'benchmarks'), { recursive: true, force: true });
for (const [name, content] of benchmarkPage(results)) {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
