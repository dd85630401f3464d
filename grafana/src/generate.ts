// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { boardFiles } from './board-files.ts';

const folder = path.resolve(import.meta.dirname, '../dashboards');
await mkdir(folder, { recursive: true });
for (const [name, content] of boardFiles()) await writeFile(path.join(folder, name), content);
