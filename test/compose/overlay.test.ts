// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertmanagerFlags } from '../../collector-config/alertmanager/flags.ts';
import { goBuilds } from '../../collector-config/go-builds.ts';
import { prometheusFlags } from '../../collector-config/prometheus/flags.ts';
import { platform as nativeProcesses } from '../../services/native/stack/platform.ts';
import { folderOfTest } from '../folder.ts';
import { type Mount, overlayFile, type Project, platformFile, project, root, type Service } from './project.ts';

let platform: Project;
let merged: Project;

beforeAll(async () => {
  [platform, merged] = await Promise.all([project([platformFile]), project([platformFile, overlayFile])]);
});

function service(name: string): Service {
  const found = merged.services[name];
  if (!found) throw new Error(`no service ${name}; there are ${Object.keys(merged.services).join(', ')}`);
  return found;
}

const binds = (of: Project): Mount[] =>
  Object.values(of.services).flatMap(({ volumes = [] }) => volumes.filter(({ type }) => type === 'bind'));

/** The file or folder inside the repository that a mount shows, or undefined for something of the host. */
const inRepository = ({ source }: Mount): string | undefined =>
  source.startsWith(`${root}/`) ? path.relative(root, source) : undefined;

/** The processes of native mode; folders and ports do not matter here. */
function nativePlatform() {
  const secrets = {
    ...{ dir: '', metricsPassword: '', postgresPassword: '', postgresMetricsPassword: '' },
    ...{ redisPassword: '', litellmMasterKey: '', qdrantApiKey: '' },
  };
  const ports = {
    ...{ suna: 1, onyx: 1, qdrant: 1, litellm: 1, redis: 1, postgres: 1, prometheus: 1, alertmanager: 1 },
    ...{ preview: 1, otlp: 1, otlpGrpc: 1, collectorHealth: 1, collectorSelf: 1 },
    endpoints: { suna: 1, onyx: 1, qdrant: 1, supabase: 1, redis: 1, litellm: 1, infra: 1, apps: 1 },
  };
  const programs = {
    ...{ otelcol: '', prometheus: '', alertmanager: '', python: '', redisServer: '' },
    postgres: { postgres: '', initdb: '' },
  };
  return nativeProcesses({
    folder: '',
    ports,
    secrets,
    programs,
    intervals: { scrape: 15, export: 10, collection: 15, evaluation: 15, canary: 60 },
  });
}

const collectorConfiguration = () => readFile(path.join(root, 'collector-config/collector.yaml'), 'utf8');

test('the overlay adds six services to the six of the platform', () => {
  expect(Object.keys(platform.services).sort()).toEqual(['db', 'litellm', 'onyx', 'qdrant', 'redis', 'suna']);
  const added = Object.keys(merged.services).filter((name) => !(name in platform.services));
  expect(added.sort()).toEqual([
    'onyx-metrics-alertmanager',
    'onyx-metrics-collector',
    'onyx-metrics-containers',
    'onyx-metrics-docker',
    'onyx-metrics-grafana',
    'onyx-metrics-prometheus',
  ]);
});

test('the overlay changes nothing of the platform', () => {
  for (const [name, before] of Object.entries(platform.services)) expect(merged.services[name], name).toEqual(before);
  for (const [name, before] of Object.entries(platform.networks)) expect(merged.networks[name], name).toEqual(before);
  for (const [name, before] of Object.entries(platform.secrets)) expect(merged.secrets[name], name).toEqual(before);
});

test('the loader refuses a file that Docker would refuse', async () => {
  const directory = folderOfTest();
  await writeFile(path.join(directory, 'broken.yml'), JSON.stringify({ services: { nothing: { ports: ['80:80'] } } }));
  await expect(project(['broken.yml'], { directory })).rejects.toThrow(/nothing.*neither an image nor a build context/);
});

test('every mounted file exists, is read-only and is never made by Docker', async () => {
  const files = binds(merged).filter((mount) => inRepository(mount));
  expect(files.length).toBeGreaterThan(0);
  for (const mount of files) {
    const found = await stat(mount.source).catch(() => undefined);
    expect(found, `${mount.source} does not exist`).toBeDefined();
    expect(mount, mount.source).toMatchObject({ read_only: true });
    expect(mount.bind?.create_host_path ?? false, mount.source).toBe(false);
  }
});

test('the containers mount the configuration that native mode runs, and what native mode does without', () => {
  const mounted = Object.keys(merged.services)
    .filter((name) => name.startsWith('onyx-metrics-'))
    .flatMap((name) => service(name).volumes ?? [])
    .flatMap((mount) => inRepository(mount) ?? []);
  expect(mounted.sort()).toEqual([
    'collector-config/business.yaml',
    'collector-config/collector.docker.yaml',
    'collector-config/collector.token.yaml',
    'collector-config/collector.yaml',
    'collector-config/containers.yaml',
    'collector-config/docker-proxy.cfg',
    'collector-config/nothing.yaml',
    'collector-config/proc',
    'collector-config/prometheus/prometheus.yml',
    'collector-config/prometheus/rules',
    'collector-config/prometheus/targets',
    'docs/runbooks',
    'grafana/dashboards',
    'grafana/provisioning',
  ]);
});

test('Prometheus gets the flags of native mode', () => {
  expect(service('onyx-metrics-prometheus').command).toEqual([
    '--config.file=/etc/prometheus/prometheus.yml',
    '--storage.tsdb.path=/prometheus',
    '--web.config.file=/etc/prometheus/secrets/prometheus_web',
    ...prometheusFlags,
  ]);
});

test('Alertmanager gets the flags of native mode', () => {
  expect(service('onyx-metrics-alertmanager').command).toEqual([
    '--config.file=/etc/alertmanager/alertmanager.yml',
    '--storage.path=/alertmanager',
    '--web.config.file=/run/secrets/prometheus_web',
    ...alertmanagerFlags,
  ]);
});

test.each([
  ['onyx-metrics-collector', 'otelcol'],
  ['onyx-metrics-prometheus', 'prometheus'],
  ['onyx-metrics-alertmanager', 'alertmanager'],
])('%s runs the version of %s that native mode builds', (name, build) => {
  const version = goBuilds.find((candidate) => candidate.name === build)?.version.replace('version ', '');
  expect(service(name).image?.split(':')[1]?.replace(/^v/, '')).toBe(version);
});

test.each(['suna', 'onyx'])(
  '%s gets the settings that native mode gives it, and the token of the collector',
  (name) => {
    const native = nativePlatform().find((spec) => spec.name === name);
    // Docker keeps the default of 10 s; native mode names it since tests shorten it.
    const settings = Object.keys(native?.env ?? {}).filter((variable) => variable !== 'OTEL_METRIC_EXPORT_INTERVAL');
    expect(Object.keys(service(name).environment ?? {}).sort()).toEqual([...settings, 'ONYX_OTLP_TOKEN_FILE'].sort());
    expect(service(name).command).toEqual(['node', ...(native?.args ?? [])]);
  },
);

test('LiteLLM runs the version that native mode installs', async () => {
  const requirements = await readFile(path.join(root, 'services/python/requirements.in'), 'utf8');
  const version = /^litellm\[proxy\]==(\S+)$/m.exec(requirements)?.[1];
  expect(service('litellm').image).toMatch(new RegExp(`:v${version}$`));
});

test('LiteLLM gets the settings that native mode gives it, and its key from a file', () => {
  const { LITELLM_MASTER_KEY: _, ...settings } = nativePlatform().find(({ name }) => name === 'litellm')?.env ?? {};
  // Native mode runs it from a cache, which stays as it was made.
  const { PYTHONDONTWRITEBYTECODE: __, ...expected } = settings;
  expect(service('litellm').environment).toEqual(expected);
});

test('every image names a version', () => {
  for (const [name, { image }] of Object.entries(merged.services)) expect(image, name).toMatch(/:v?\d+\.\d+/);
});

test('everything is published once, on the loopback address, and only what people open', () => {
  const published = Object.values(merged.services).flatMap(({ ports = [] }) => ports);
  expect(published.map(({ host_ip, published }) => `${host_ip}:${published}`).sort()).toEqual([
    '127.0.0.1:3000',
    '127.0.0.1:3001',
    '127.0.0.1:9090',
    '127.0.0.1:9093',
  ]);
});

test('Prometheus looks for targets where the containers are', async () => {
  const folder = path.join(root, 'collector-config/prometheus/targets');
  for (const file of await readdir(folder)) {
    const groups = parse(await readFile(path.join(folder, file), 'utf8')) as { targets: string[] }[];
    for (const host of groups.flatMap(({ targets }) => targets.map((target) => target.split(':')[0] ?? ''))) {
      expect([...Object.keys(merged.services), 'localhost'], `${file} names ${host}`).toContain(host);
    }
  }
});

test('the collector looks for services by their Docker names and ports, or where .env says that they are', async () => {
  const defaults = [...(await collectorConfiguration()).matchAll(/(ONYX_\w+_TARGET):-(([\w.-]+):\d+)/g)];
  const targets = (of: Project) =>
    Object.entries(of.services['onyx-metrics-collector']?.environment ?? {}).filter(([name]) => /_TARGET$/.test(name));
  expect(Object.fromEntries(targets(merged))).toEqual(
    Object.fromEntries(defaults.map(([, variable, target]) => [variable, target])),
  );
  expect(targets(merged).map(([, target]) => target)).toEqual([
    'litellm:4000',
    'onyx:8080',
    'db:5432',
    'qdrant:6333',
    'redis:6379',
    'suna:3000',
  ]);
  for (const [, , , host = ''] of defaults) expect(service(host).networks).toHaveProperty('manus-network');
  expect(service('onyx-metrics-collector').networks).toHaveProperty('manus-network');

  const elsewhere = Object.fromEntries(targets(merged).map(([variable], index) => [variable, `other:${index}`]));
  expect(Object.fromEntries(targets(await project([overlayFile], { env: elsewhere })))).toEqual(elsewhere);
});

test('the collector is given every secret that it reads', async () => {
  const read = [...(await collectorConfiguration()).matchAll(/ONYX_SECRETS_DIR:-\/run\/secrets\}\/(\w+)/g)];
  const given = service('onyx-metrics-collector').secrets?.map(({ source, target }) => target ?? source);
  expect([...new Set(given)].sort()).toEqual([...new Set(read.map(([, name]) => name)), 'otlp_token'].sort());
});

test('the collector takes OTLP from who knows the token, which each service that sends is given, and publishes nothing', () => {
  const { command, ports } = service('onyx-metrics-collector');
  expect(command).toContain('--config=/etc/otelcol/token.yaml');
  expect(ports).toBeUndefined();
  for (const name of ['suna', 'onyx', 'onyx-metrics-collector']) {
    expect(service(name).environment?.ONYX_OTLP_TOKEN_FILE, name).toBe('/run/secrets/otlp_token');
    expect(
      service(name).secrets?.map(({ source, target }) => path.basename(target ?? source)),
      name,
    ).toContain('otlp_token');
  }
});

test('no password stands in an environment variable or an argument', () => {
  for (const [name, { environment, command }] of Object.entries(merged.services)) {
    for (const [variable, value] of Object.entries(environment ?? {})) {
      if (/PASSWORD|SECRET|(?<!PUBLIC_)KEY|TOKEN/.test(variable))
        expect(value, `${name}: ${variable}`).toMatch(/^\/run\/secrets\/\w+$/);
    }
    expect(command?.join(' ') ?? '', name).not.toMatch(/password=|requirepass \w/i);
  }
});
