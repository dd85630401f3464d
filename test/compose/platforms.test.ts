// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aloneFile, overlayFile, type Project, project, root } from './project.ts';

/*
 * The overlay on platforms of other people, each in a folder of its own with this repository next to it. What Docker's loader makes of a
 * platform's own services decides whether Compose restarts their containers, so it must be the same to the letter.
 */

const files = path.join(import.meta.dirname, 'platforms');

/** Platforms, by file, with what their .env says to the overlay, and the networks on which their services are. */
const platforms: readonly [file: string, env: Readonly<Record<string, string>>, network: string][] = [
  ['own-monitoring.yml', { ONYX_GRAFANA_PORT: '3301', ONYX_PROMETHEUS_PORT: '9390' }, 'chat_manus-network'],
  ['external.yml', {}, 'manus-network'],
  ['fixed-subnet.yml', {}, 'manus-network'],
  ['another-key.yml', { ONYX_NETWORK: 'backend' }, 'manus-network'],
  ['profiles.yml', {}, 'platform_manus-network'],
  ['internal.yml', {}, 'platform_manus-network'],
  ['no-network.yml', { ONYX_NETWORK: 'default' }, 'platform_default'],
];
const ours = /^onyx-metrics-/;

let parent: string;
let directory: string;

beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'onyx-platforms-'));
  directory = path.join(parent, 'platform');
  await mkdir(directory);
  await symlink(root, path.join(directory, 'onyx-metrics'));
  await writeFile(path.join(directory, 'litellm.env'), 'STORE_MODEL_IN_DB=True\n');
  for (const file of await readdir(files)) await copyFile(path.join(files, file), path.join(directory, file));
});
afterAll(() => rm(parent, { recursive: true }));

test('each platform of these tests is in the list', async () => {
  expect((await readdir(files)).sort()).toEqual(platforms.map(([file]) => file).sort());
});

describe.each(platforms)('on %s', (file, env, network) => {
  let before: Project;
  let after: Project;

  beforeAll(async () => {
    const options = { directory, profiles: ['*'], env: { ...env, ONYX_METRICS_DIR: './onyx-metrics' } };
    [before, after] = await Promise.all([
      project([file], options),
      project([file, `onyx-metrics/${overlayFile}`], options),
    ]);
  });

  const added = () => Object.entries(after.services).filter(([name]) => ours.test(name));

  test('the overlay changes nothing of what is there', () => {
    const without = (parts: Readonly<Record<string, unknown>> = {}) =>
      Object.fromEntries(Object.entries(parts).filter(([name]) => !/^onyx[-_]metrics/.test(name)));
    expect(without(after.services)).toEqual(before.services);
    expect(without(after.volumes)).toEqual(before.volumes ?? {});
    expect(without(after.secrets)).toEqual(before.secrets ?? {});
    for (const [key, declared] of Object.entries(before.networks)) expect(after.networks[key], key).toEqual(declared);
    expect(after.name).toBe(before.name);
  });

  test('collector, Prometheus, Alertmanager and Grafana join its network', () => {
    for (const [name, { networks = {} }] of added()) {
      const names = Object.keys(networks).map((key) => after.networks[key]?.name);
      if (/^onyx-metrics-(containers|docker)$/.test(name)) expect(names, name).not.toContain(network);
      else expect(names, name).toContain(network);
    }
    const joined = Object.values(before.services).filter(({ networks = {} }) =>
      Object.keys(networks).some((key) => before.networks[key]?.name === network),
    );
    expect(joined.length).toBeGreaterThan(0);
  });

  test('no port is published twice', () => {
    const published = Object.values(after.services).flatMap(({ ports = [] }) =>
      ports.map(({ published, protocol }) => `${published}/${protocol}`),
    );
    expect(published).toEqual([...new Set(published)]);
  });

  test('what publishes a port is on a network that can', () => {
    for (const [name, { ports = [], networks = {} }] of added()) {
      const open = Object.keys(networks).filter((key) => !after.networks[key]?.internal);
      if (ports.length > 0) expect(open.length, name).toBeGreaterThan(0);
    }
  });

  test('no two networks, volumes or containers share a name', () => {
    const named = (parts: Readonly<Record<string, { readonly name?: string }>> = {}) =>
      Object.values(parts).map(({ name }) => name);
    const names = [named(after.networks), named(after.volumes)].map((list) => [list, [...new Set(list)]]);
    for (const [all, distinct] of names) expect(all).toEqual(distinct);
    expect(added().filter(([, service]) => service.container_name)).toEqual([]);
  });

  test('every bind of the overlay is found in the repository, and none of them would be made by Docker', async () => {
    const binds = added().flatMap(([, { volumes = [] }]) => volumes.filter(({ type }) => type === 'bind'));
    for (const { source, bind } of binds) {
      expect(bind?.create_host_path ?? false, source).toBe(false);
      if (source !== '/' && source !== '/var/run/docker.sock') {
        expect(source).toContain(`${directory}/onyx-metrics/`);
        await expect(stat(source), source).resolves.toBeDefined();
      }
    }
  });
});

test('a port that both want stands out before anything starts: the variables of the overlay move it', async () => {
  const { services } = await project(['own-monitoring.yml', `onyx-metrics/${overlayFile}`], { directory });
  const grafana = services['onyx-metrics-grafana']?.ports?.map(({ published }) => published);
  expect(services.grafana?.ports?.map(({ published }) => published)).toEqual(grafana);
});

test('a network that the platform does not have is refused, by its name', async () => {
  const env = { ONYX_NETWORK: 'elsewhere' };
  await expect(project(['external.yml', `onyx-metrics/${overlayFile}`], { directory, env })).rejects.toThrow(
    /refers to undefined network elsewhere/,
  );
});

test('as a project of its own it joins a network that is there, and makes none by that name', async () => {
  const alone = await project([overlayFile, aloneFile], { env: { ONYX_NETWORK_NAME: 'chat_manus-network' } });
  expect(alone.name).toBe('onyx-metrics');
  expect(Object.keys(alone.services).filter((name) => !ours.test(name))).toEqual([]);
  expect(alone.networks['manus-network']).toEqual({ name: 'chat_manus-network', ipam: {}, external: true });
  expect((await project([overlayFile, aloneFile])).networks['manus-network']?.name).toBe('manus-network');
  const { networks: _, ...rest } = alone;
  const overlaid = await project([overlayFile], { env: { COMPOSE_PROJECT_NAME: 'onyx-metrics' } });
  expect(rest.services).toEqual(overlaid.services);
});
