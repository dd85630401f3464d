// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { overlayFile, platformFile, project } from '../compose/project.ts';
import { differences } from './helpers/differences.ts';
import { standIns } from './helpers/images.ts';

const dockerfiles = ['collector-config/otelcol', 'services', 'services/onyx-python'];

test('the guide says of every image what the tests run in its place', async () => {
  const page = await readFile(path.join(root, 'docs/guides/join.md'), 'utf8');
  expect(await differences(page)).toBe(page);
});

test('every image that the Compose files pin has a recipe', async () => {
  const { services } = await project([platformFile, overlayFile], { profiles: ['python'] });
  const pinned = new Set(Object.values(services).map(({ image = '' }) => image));
  // Built from Dockerfiles of this repository, as users do.
  for (const own of ['onyx-reference:0.1.0', 'onyx-python-reference:0.1.0', 'onyx-metrics-collector:0.152.0'])
    pinned.delete(own);
  for (const folder of dockerfiles) {
    const text = await readFile(path.join(root, folder, 'Dockerfile'), 'utf8');
    for (const [, base = ''] of text.matchAll(/^FROM (?:--platform=\S+ )?(\S+:\S+)/gm)) pinned.add(base);
  }
  expect([...(await standIns()).keys()]).toEqual(expect.arrayContaining([...pinned]));
});
