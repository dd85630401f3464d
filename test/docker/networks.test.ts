// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { root } from '../../services/native/environment.ts';
import type { Report } from '../../services/verify/report.ts';
import { Engine } from './helpers/engine.ts';
import { Operator } from './helpers/operator.ts';
import { Overlaid, until } from './helpers/overlaid.ts';
import { dockerAllowed } from './helpers/requirement.ts';

/*
 * The networks and the machines that a platform may have, each with one service, a Redis. What a machine cannot do, the preflight says
 * before.
 */

const guides = 'docs/guides';
const upgrade = `${guides}/upgrade-and-remove.md`;
const redis = { image: 'redis:7.4-alpine' };
const overlay = '-f docker-compose.yml -f onyx-metrics/docker-compose.otel.yml';
const preflight = `sh onyx-metrics/services/preflight.sh ${overlay}`;

const platforms = [
  { name: 'default', services: { redis }, networks: {}, env: { ONYX_NETWORK: 'default' } },
  {
    name: 'external',
    services: { redis: { ...redis, networks: ['manus-network'] } },
    networks: { 'manus-network': { external: true, name: 'shared' } },
    env: { ONYX_DOCKER_SOCKET: '/run/elsewhere/docker.sock' },
  },
  {
    name: 'internal',
    services: { redis: { ...redis, networks: ['manus-network'] } },
    networks: { 'manus-network': { internal: true } },
    env: {},
  },
] as const;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onyx networks '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A project with a Redis and this repository next to it; Redis has no password. */
async function project(engine: Engine, name: string, content: object, env: Readonly<Record<string, string>>) {
  const own = path.join(folder, name);
  await mkdir(path.join(own, 'secrets'), { recursive: true });
  await symlink(root, path.join(own, 'onyx-metrics'));
  await writeFile(path.join(own, 'docker-compose.yml'), stringify(content));
  const lines = Object.entries({ ONYX_METRICS_DIR: './onyx-metrics', ...env }).map((pair) => pair.join('='));
  await writeFile(path.join(own, '.env'), `${lines.join('\n')}\n`);
  await writeFile(path.join(own, 'secrets/redis_password'), '');
  const pages = ['alone', ...platforms.map((platform) => platform.name)].includes(name) ? [upgrade] : [];
  const operator = await Operator.start(engine, own, 'test/docker/networks.test.ts', pages, {});
  await operator.do('sh onyx-metrics/services/secrets.sh');
  return operator;
}

/** Ports of the n-th project on a machine. */
const ports = (n: number) => ({ grafana: 3001 + n, prometheus: 9090 + 10 * n, alertmanager: 9093 + 10 * n });
const settings = ({ grafana, prometheus, alertmanager }: ReturnType<typeof ports>) => ({
  ONYX_GRAFANA_PORT: String(grafana),
  ONYX_PROMETHEUS_PORT: String(prometheus),
  ONYX_ALERTMANAGER_PORT: String(alertmanager),
});

async function works(seen: Overlaid): Promise<void> {
  await seen.areUp(['redis']);
  for (const [name, path] of [
    ['grafana', '/api/health'],
    ['alertmanager', '/api/v2/status'],
  ] as const)
    await until(
      () => seen.ask(name, path),
      ({ status }) => status === 200,
    );
}

const allowed = await dockerAllowed();

describe.skipIf(!allowed)('a platform', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await Engine.start();
    await engine.docker(['network', 'create', 'shared']);
    await engine.sh('mkdir /run/elsewhere && ln /run/docker.sock /run/elsewhere/docker.sock');
  });
  afterAll(() => engine?.stop());

  test.concurrent.each(platforms.map((platform, index) => ({ ...platform, index })))(
    'whose network is $name has everything, and the preflight nothing to say',
    async ({ name, services, networks, index, env }) => {
      const operator = await project(engine, name, { services, networks }, { ...settings(ports(index)), ...env });
      expect(await operator.do(preflight)).toBe('');
      await operator.do(`docker compose ${overlay} up -d`);
      const seen = new Overlaid(engine, path.join(operator.folder, 'secrets'), ports(index));
      await works(seen);
      await until(
        () => seen.value('count(container_memory_usage_total_bytes)'),
        (count) => count !== undefined && count >= 7,
      );
    },
  );

  test.concurrent("that names upstream's image of the collector has everything, and the verifier says from how many lines on 10 ms are in danger", async () => {
    const platform = {
      services: { redis: { ...redis, networks: ['manus-network'] } },
      networks: { 'manus-network': {} },
    };
    const ONYX_COLLECTOR_IMAGE = 'otel/opentelemetry-collector-contrib:0.152.0';
    const operator = await project(engine, 'stock', platform, { ...settings(ports(4)), ONYX_COLLECTOR_IMAGE });
    expect(await operator.do(preflight)).toBe('');
    await operator.do(`docker compose ${overlay} up -d`);
    const seen = new Overlaid(engine, path.join(operator.folder, 'secrets'), ports(4));
    await works(seen);
    const format =
      '{{.Config.Image}} {{with index .NetworkSettings.Networks "stock_manus-network"}}{{.IPAddress}}{{end}}';
    const shown = await engine.docker(['inspect', '--format', format, 'stock-onyx-metrics-collector-1']);
    const [image, address] = shown.split(' ');
    expect(image).toBe(ONYX_COLLECTOR_IMAGE);
    await until(
      () => seen.value('otelcol_process_memory_rss_bytes'),
      (bytes) => bytes !== undefined,
    );
    await writeFile(
      path.join(operator.folder, 'verify.json'),
      JSON.stringify({
        mode: 'docker',
        prometheus: {
          url: `http://localhost:${ports(4).prometheus}`,
          user: 'admin',
          passwordFile: 'secrets/prometheus_password',
        },
        collector: { url: `http://${address}`, user: 'prometheus', passwordFile: 'secrets/metrics_password' },
      }),
    );
    const verifier = path.join(root, 'services/verify/cli.ts');
    const { stdout } = await engine.exec(
      process.execPath,
      [
        ...['--import', 'tsx', verifier, '--settings', path.join(operator.folder, 'verify.json')],
        ...['--only', 'scrape-time', '--json'],
      ],
      { cwd: root, reject: false },
    );
    const { rows } = JSON.parse(String(stdout)) as Report;
    const endpoint = rows.find(({ subject }) => subject === 'redis');
    expect(endpoint).toHaveProperty(
      'measured',
      expect.stringMatching(/^p50 .* from 1000 lines on 10 ms are in danger$/),
    );
  });

  test.concurrent('that is not touched at all has the overlay as a project of its own, which one command removes', async () => {
    const platform = {
      services: { redis: { ...redis, networks: ['manus-network'] } },
      networks: { 'manus-network': {} },
    };
    const operator = await project(engine, 'alone', platform, {
      ...settings(ports(3)),
      ONYX_NETWORK_NAME: 'alone_manus-network',
    });
    await operator.do('docker compose up -d');
    const before = await operator.do('docker compose ps --quiet');
    // As in the comment of the file: in the folder of the repository.
    const inside = `set -a; . ./.env; ONYX_METRICS_DIR=.; ONYX_SECRETS_DIR=$PWD/secrets; cd '${root}'`;
    await operator.do(`(${inside}; docker compose -f docker-compose.otel.yml -f docker-compose.otel.alone.yml up -d)`);
    await works(new Overlaid(engine, path.join(operator.folder, 'secrets'), ports(3)));
    await operator.do(`${inside}; unset OLDPWD`);
    await operator.follow(upgrade, 'alone.yml down', root);
    expect(await engine.docker(['ps', '--all', '--quiet', '--filter', 'name=^onyx-metrics-'])).toBe('');
    expect(await engine.docker(['ps', '--quiet', '--no-trunc', '--filter', 'name=^alone-'])).toBe(before.trim());
  });
});

describe.skipIf(!allowed)('a machine whose / is mounted privately, as those without systemd have it', () => {
  let engine: Engine;
  let operator: Operator;

  beforeAll(async () => {
    engine = await Engine.start({ root: 'private' });
    const platform = {
      services: { redis: { ...redis, networks: ['manus-network'] } },
      networks: { 'manus-network': {} },
    };
    operator = await project(engine, 'private', platform, {});
  });
  afterAll(() => engine?.stop());

  test('is told by the preflight when its Docker socket is elsewhere', async () => {
    await expect(operator.do(`ONYX_DOCKER_SOCKET=/nowhere.sock ${preflight}`)).rejects.toThrow(
      /\/nowhere\.sock is no socket of Docker: set ONYX_DOCKER_SOCKET .* or ONYX_CONTAINERS=0/,
    );
  });

  test('has everything, but containers where it says that there is no Docker socket', async () => {
    await operator.do('echo ONYX_CONTAINERS=0 >>.env');
    expect(await operator.do(preflight)).toBe('');
    await operator.do(`docker compose ${overlay} up -d`);
    await works(new Overlaid(engine, path.join(operator.folder, 'secrets')));
    const names = await engine.docker(['ps', '--all', '--format', '{{.Names}}']);
    expect(names).not.toMatch(/onyx-metrics-(docker|containers)-1/);
  });
});

describe.skipIf(!allowed)('a machine whose Docker remaps user namespaces', () => {
  let engine: Engine;
  let operator: Operator;

  beforeAll(async () => {
    const images = path.join(folder, 'images.tar');
    const other = await Engine.start();
    try {
      const compose = ['compose', '-f', path.join(root, 'docker-compose.otel.yml')];
      await other.docker([...compose, 'build', 'onyx-metrics-collector']);
      const overlaid = await other.docker([...compose, 'config', '--images']);
      await other.docker(['save', '--output', images, redis.image, ...overlaid.split('\n')]);
    } finally {
      await other.stop();
    }
    engine = await Engine.start({ remapped: true });
    await engine.docker(['load', '--quiet', '--input', images]);
    await rm(images);
    const platform = {
      services: { redis: { ...redis, networks: ['manus-network'] } },
      networks: { 'manus-network': {} },
    };
    operator = await project(engine, 'remapped', platform, {});
  });
  afterAll(() => engine?.stop());

  test('is told by the preflight that its containers cannot be measured', async () => {
    await expect(operator.do(preflight)).rejects.toThrow(
      /this Docker remaps user namespaces, and root of a container may not read \/var\/run\/docker\.sock: set ONYX_CONTAINERS=0 in \.env/,
    );
  });

  test('has everything else', async () => {
    await operator.do('echo ONYX_CONTAINERS=0 >>.env');
    expect(await operator.do(preflight)).toBe('');
    await operator.do(`docker compose ${overlay} up -d`);
    const seen = new Overlaid(engine, path.join(operator.folder, 'secrets'));
    await works(seen);
    await until(
      () => seen.value('count(system_network_io_bytes_total)'),
      (count) => count !== undefined && count > 0,
    );
  });
});
