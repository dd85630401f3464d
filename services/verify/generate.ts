// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportSchema } from './schema.ts';

const folder = join(import.meta.dirname, '../../docs/reference');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'verify.schema.json'), reportSchema());
