// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { overlayFile, type Project, platformFile, project, root } from './project.ts';

let usual: Project;
let merged: Project;
beforeAll(async () => {
  [usual, merged] = await Promise.all([
    project([platformFile, overlayFile]),
    project([platformFile, overlayFile], { profiles: ['python'] }),
  ]);
});

const service = (name: string) => merged.services[name] ?? expect.unreachable(`no ${name}`);

test('without the profile there is no Onyx in Python, and nothing waits for it', () => {
  expect(Object.keys(usual.services)).not.toContain('onyx-python');
  const { 'onyx-python': added, ...rest } = merged.services;
  expect(added).toBeDefined();
  expect(rest).toEqual(usual.services);
});

test('with it, it answers by the name of the other and is told the same, and the folder of the preload', () => {
  const { environment, secrets, depends_on, healthcheck, networks } = service('onyx-python');
  const node = service('onyx');
  expect(environment).toEqual({ ...node.environment, PYTHONPATH: '/onyx-metrics/python' });
  expect({ secrets, depends_on, healthcheck }).toEqual({
    secrets: node.secrets,
    depends_on: node.depends_on,
    healthcheck: node.healthcheck,
  });
  expect(networks).toEqual({ 'manus-network': { aliases: ['onyx'] } });
});

test('it is preloaded with nothing but the folder, which it cannot change', () => {
  expect(service('onyx-python').volumes).toEqual([
    {
      type: 'bind',
      source: path.join(root, 'otel/dist/python'),
      target: '/onyx-metrics/python',
      read_only: true,
      bind: { create_host_path: false },
    },
  ]);
});

test('its image holds the files that it imports and reads', async () => {
  const image = await readFile(path.join(root, 'services/onyx-python/Dockerfile'), 'utf8');
  const copied = [...image.matchAll(/^COPY (\S+)/gm)].map(([, file]) => file);
  expect(copied).toEqual([
    'services/onyx-python/requirements.txt',
    'services/onyx/document-words.json',
    'services/onyx-python/onyx',
  ]);
});
