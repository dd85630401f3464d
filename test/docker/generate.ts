// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../../services/native/environment.ts';
import { differences } from './helpers/differences.ts';

const file = path.join(root, 'docs/guides/join.md');
await writeFile(file, await differences(await readFile(file, 'utf8')));
