// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { benchmarkPage, newestResults } from './page/page.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/reference');
await rm(path.join(folder, 'benchmarks'), { recursive: true, force: true });
for (const [name, content] of benchmarkPage(await newestResults())) {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
