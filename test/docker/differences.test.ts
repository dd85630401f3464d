// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { overlayFile, platformFile, project } from '../compose/project.ts';
import { differences } from './helpers/differences.ts';
import { standIns } from './helpers/images.ts';

const collectorsDockerfile = path.join(root, 'collector-config/otelcol/Dockerfile');

test('the guide says of every image what the tests run in its place', async () => {
  const page = await readFile(path.join(root, 'docs/guides/join.md'), 'utf8');
  expect(await differences(page)).toBe(page);
});

test('every image that the Compose files pin has a recipe', async () => {
  const { services } = await project([platformFile, overlayFile]);
  const pinned = new Set(Object.values(services).map(({ image = '' }) => image));
  // Built from Dockerfiles of this repository, as users do.
  pinned.delete('onyx-reference:0.1.0');
  pinned.delete('onyx-metrics-collector:0.152.0');
  const bases = [...(await readFile(collectorsDockerfile, 'utf8')).matchAll(/^FROM (?:--platform=\S+ )?(\S+:\S+)/gm)];
  for (const [, base = ''] of bases) pinned.add(base);
  expect([...(await standIns()).keys()]).toEqual(expect.arrayContaining([...pinned]));
});
