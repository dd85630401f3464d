// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePatterns } from '../collector/patterns.ts';
import { personalDataPage } from './personal-data-page.ts';

await writeFile(join(import.meta.dirname, '../../docs/reference/personal-data.md'), personalDataPage());
await writePatterns();
