// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pythonCatalogue } from './python-catalogue.ts';
import { referencePage } from './reference-page.ts';
import { settingsPage } from './settings-page.ts';

const folder = join(import.meta.dirname, '../../../docs/reference');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'metrics.md'), referencePage());
await writeFile(join(folder, 'settings.md'), settingsPage());
await writeFile(join(import.meta.dirname, '../../python/onyx_metrics/catalogue.py'), pythonCatalogue());
