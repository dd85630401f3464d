// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { overlayFile, project, root, type Service } from './project.ts';

/** Grafana itself runs nowhere but in Docker: what can be known without it is known here. */

let grafana: Service;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  grafana = await overlay();
  environment = grafana.environment ?? {};
});

async function overlay(env: NodeJS.ProcessEnv = {}, name = 'onyx-metrics-grafana'): Promise<Service> {
  const found = (await project([overlayFile], { env })).services[name];
  if (!found) throw new Error(`the overlay has no ${name}`);
  return found;
}

/** The variables that Grafana would look up, by its own rule: GF_<SECTION>_<KEY>, dots and dashes as underscores. */
async function known(): Promise<string[]> {
  const lines = (await readFile(path.join(import.meta.dirname, 'grafana-settings.ini'), 'utf8')).split('\n');
  let section = '';
  return lines.flatMap((line) => {
    section = /^\[(.+)\]$/.exec(line)?.[1] ?? section;
    const key = /^(\w+) *=/.exec(line)?.[1];
    return key ? `GF_${section}_${key}`.replace(/[.-]/g, '_').toUpperCase() : [];
  });
}

/** The file in the repository that the container sees at this path. */
function mounted(target: string): string {
  const mount = grafana.volumes?.find((volume) => volume.type === 'bind' && target.startsWith(volume.target));
  if (!mount) throw new Error(`nothing is mounted at ${target}`);
  return path.join(mount.source, path.relative(mount.target, target));
}

test('every setting is one that Grafana 13 knows, and has a reason to be in the list', async () => {
  expect(grafana.image).toMatch(/:13\./);
  const set = Object.keys(environment).filter((name) => name.startsWith('GF_'));
  expect(set.map((name) => name.replace(/__FILE$/, '')).sort()).toEqual((await known()).sort());
});

test('there is nothing to see without a login, and nobody makes one for himself', () => {
  expect(environment).toMatchObject({
    GF_AUTH_ANONYMOUS_ENABLED: 'false',
    GF_USERS_ALLOW_SIGN_UP: 'false',
    GF_PUBLIC_DASHBOARDS_ENABLED: 'false',
    GF_SNAPSHOTS_ENABLED: 'false',
    GF_METRICS_ENABLED: 'false',
  });
  // Their files are given to the container: a test of the overlay compares the names.
  const secrets = grafana.secrets?.map(({ target }) => `/run/secrets/${target}`);
  expect(secrets).toContain(environment.GF_SECURITY_ADMIN_PASSWORD__FILE);
  expect(secrets).toContain(environment.GF_SECURITY_SECRET_KEY__FILE);
});

test('neither Grafana nor a browser that shows it asks anybody else for anything', () => {
  const home = [
    'REPORTING',
    'CHECK_FOR_UPDATES',
    'CHECK_FOR_PLUGIN_UPDATES',
    'FEEDBACK_LINKS',
    'NEWS_FEED',
    'PREINSTALL_AUTO_UPDATE',
    'PLUGIN_ADMIN',
  ];
  const off = Object.entries(environment).filter(([name]) => home.some((word) => name.includes(word)));
  expect(off).toHaveLength(home.length);
  for (const [name, value] of off) expect(value, name).toBe('false');
  for (const name of [
    'SECURITY_DISABLE_GRAVATAR',
    'PLUGINS_PREINSTALL_DISABLED',
    'PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED',
  ]) {
    expect(environment[`GF_${name}`], name).toBe('true');
  }
});

test('cookies and visits are for https alone where ONYX_GRAFANA_TLS says that TLS ends before Grafana', async () => {
  const secured = ['GF_SECURITY_COOKIE_SECURE', 'GF_SECURITY_STRICT_TRANSPORT_SECURITY'];
  const { environment: tls } = await overlay({
    ONYX_GRAFANA_TLS: 'true',
    ONYX_GRAFANA_URL: 'https://boards.example.com/',
  });
  for (const name of secured) expect([environment[name], tls?.[name]], name).toEqual(['false', 'true']);
  expect(environment.GF_SERVER_ROOT_URL).toBe('http://localhost:3001/');
  expect(tls?.GF_SERVER_ROOT_URL).toBe('https://boards.example.com/');
});

test.each([
  [{}, 'http://localhost:3001/'],
  [{ ONYX_GRAFANA_PORT: '3301' }, 'http://localhost:3301/'],
  [{ ONYX_GRAFANA_URL: 'https://boards.example.com/' }, 'https://boards.example.com/'],
])('with %o links of alerts lead to Grafana at %s', async (variables, address) => {
  expect((await overlay(variables)).environment?.GF_SERVER_ROOT_URL).toBe(address);
  expect((await overlay(variables, 'onyx-metrics-prometheus')).environment?.ONYX_GRAFANA_URL).toBe(address);
});

interface Provider {
  readonly name: string;
  readonly type: string;
  readonly disableDeletion: boolean;
  readonly allowUiUpdates: boolean;
  readonly options: { readonly path: string };
}

test('the boards are those of the repository: not editable, and gone when their file is', async () => {
  const { apiVersion, providers } = parse(
    await readFile(mounted('/etc/grafana/provisioning/dashboards/onyx.yml'), 'utf8'),
  ) as { apiVersion: number; providers: Provider[] };
  expect({ apiVersion, providers }).toEqual({
    apiVersion: 1,
    providers: [expect.objectContaining({ type: 'file', disableDeletion: false, allowUiUpdates: false })],
  });
  const folder = mounted(providers[0]?.options.path ?? '');
  expect(path.relative(root, folder)).toBe('grafana/dashboards');
  // A file that Grafana cannot read stops the whole provider.
  for (const file of await readdir(folder)) {
    const board = JSON.parse(await readFile(path.join(folder, file), 'utf8'));
    expect(board, file).toMatchObject({ uid: path.basename(file, '.json'), editable: false });
  }
  const home = mounted(environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '');
  expect(await readdir(folder)).toContain(path.basename(home));
});

test('each folder that Grafana reads at its start is there, or its log would begin with errors', async () => {
  const folders = await readdir(mounted('/etc/grafana/provisioning'));
  expect(folders.sort()).toEqual(['alerting', 'dashboards', 'datasources', 'plugins']);
});

test('the datasources are not editable, and gone when their entry is', async () => {
  const file = mounted('/etc/grafana/provisioning/datasources/prometheus.yml');
  const { apiVersion, prune, datasources } = parse(await readFile(file, 'utf8')) as {
    apiVersion: number;
    prune: boolean;
    datasources: { uid: string; editable: boolean; isDefault?: boolean }[];
  };
  expect({ apiVersion, prune }).toEqual({ apiVersion: 1, prune: true });
  for (const { uid, editable } of datasources) expect(editable, uid).toBe(false);
  expect(datasources.filter(({ isDefault }) => isDefault).map(({ uid }) => uid)).toEqual(['prometheus']);
});
