// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { benchmarkPage, newestResults } from './page/page.ts';

await writeFile(
  path.resolve(import.meta.dirname, '../../docs/reference/benchmarks.md'),
  benchmarkPage(await newestResults()),
);
