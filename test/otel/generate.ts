// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePatterns } from '../collector/helpers/patterns.ts';
import { withVersions } from '../collector/helpers/versions-table.ts';
import { withScenarios } from '../services/scenarios/scenarios-table.ts';
import { personalDataPage } from './limit/personal-data-page.ts';
import { withDatabases } from './measure/databases-table.ts';
import { withFrameworks } from './measure/frameworks-table.ts';
import { withServed } from './python/served-table.ts';

const docs = join(import.meta.dirname, '../../docs');
await writeFile(join(docs, 'reference/personal-data.md'), personalDataPage());
await writePatterns();
const guide = join(docs, 'guides/add-a-service.md');
await writeFile(guide, withFrameworks(await readFile(guide, 'utf8')));
const targets = join(docs, 'guides/add-a-target.md');
await writeFile(targets, withVersions(await readFile(targets, 'utf8')));
const recording = join(docs, 'guides/recording-metrics.md');
await writeFile(recording, withDatabases(await readFile(recording, 'utf8')));
const seen = join(docs, 'guides/scenarios.md');
await writeFile(seen, withScenarios(await readFile(seen, 'utf8')));
const python = join(docs, 'guides/python.md');
const pinned = join(import.meta.dirname, '../../otel/python/tests/requirements.txt');
await writeFile(python, withServed(await readFile(python, 'utf8'), await readFile(pinned, 'utf8')));
