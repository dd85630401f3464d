// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { overlayFile, type Project, platformFile, project, root, type Service } from './project.ts';

/** The machine the platform is meant for: 4 vCPU, 16 GB. */
const machine = { cpus: 4, memory: 16 * 1024 ** 3 };
const socket = '/var/run/docker.sock';

let merged: Project;
let ours: [name: string, service: Service][];

beforeAll(async () => {
  merged = await project([platformFile, overlayFile]);
  ours = Object.entries(merged.services).filter(([name]) => name.startsWith('onyx-metrics-'));
});

const page = () => readFile(path.join(root, 'docs/reference/sizing.md'), 'utf8');

describe('every service of the overlay', () => {
  test('runs as a user without rights; the proxy of the socket, which belongs to root, as a root without rights', () => {
    for (const [name, { user }] of ours) {
      if (name === 'onyx-metrics-docker') expect(user).toBe('0:10001');
      else expect(user, name).toMatch(/^[1-9]\d*:\d+$/);
    }
  });

  test('has no capability, and no way to get one', () => {
    for (const [name, { cap_add, cap_drop, security_opt, privileged }] of ours) {
      expect({ cap_add, cap_drop, security_opt, privileged }, name).toEqual({
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
  });

  test('writes to nothing but its named volume and memory', () => {
    for (const [name, { read_only, volumes = [] }] of ours) {
      expect(read_only, name).toBe(true);
      for (const mount of volumes) {
        if (mount.type === 'volume') expect(merged.volumes, mount.source).toHaveProperty([mount.source]);
        else expect(mount, name).toMatchObject({ type: 'bind', read_only: true });
      }
    }
  });

  test('keeps 30 MB of log', () => {
    for (const [name, { logging }] of ours)
      expect(logging, name).toEqual({ driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } });
  });

  test('comes back after a crash and a restart of the machine, and has time to stop', () => {
    for (const [name, { restart, stop_grace_period }] of ours)
      expect({ restart, stop_grace_period }, name).toEqual({
        restart: 'unless-stopped',
        stop_grace_period: name === 'onyx-metrics-prometheus' ? '1m0s' : '30s',
      });
  });

  test('waits for no health check, since the images have no shell to run one', () => {
    for (const [name, { healthcheck, depends_on = {} }] of ours) {
      expect(healthcheck, name).toBeUndefined();
      for (const { condition } of Object.values(depends_on)) expect(condition, name).toBe('service_started');
    }
  });
});

test('limits of all services together leave the platform more than half of the cores and four fifths of the memory', () => {
  const sum = (of: (service: Service) => number) => ours.reduce((total, [, service]) => total + of(service), 0);
  expect(sum(({ cpus = Number.NaN }) => cpus)).toBeLessThan(machine.cpus / 2);
  expect(sum(({ mem_limit }) => Number(mem_limit))).toBeLessThan(machine.memory / 5);
  // When all want the same core, one of theirs (1024 by default) gets twice what one of ours gets.
  for (const [name, { cpu_shares, pids_limit }] of ours)
    expect({ cpu_shares, pids_limit }, name).toEqual({ cpu_shares: 512, pids_limit: 256 });
});

test('the sizing table gives the limits of the Compose file', async () => {
  const size = (bytes: number) => (bytes < 1024 ** 3 ? `${bytes / 1024 ** 2} MB` : `${bytes / 1024 ** 3} GB`);
  const rows = [
    ...(await page()).matchAll(/^\| .* \| ([\d.]+) of a core, ([\d.]+ [MG]B) \| `(onyx-metrics-\w+)` \|$/gm),
  ];
  expect(Object.fromEntries(rows.map(([, cpus, memory, name]) => [name, `${cpus} ${memory}`]))).toEqual(
    Object.fromEntries(ours.map(([name, { cpus, mem_limit }]) => [name, `${cpus} ${size(Number(mem_limit))}`])),
  );
  const cpus = ours.reduce((sum, [, service]) => sum + (service.cpus ?? Number.NaN), 0);
  const memory = ours.reduce((sum, [, { mem_limit }]) => sum + Number(mem_limit), 0);
  expect(await page()).toContain(`| **${cpus} of 4 cores, ${(memory / 1024 ** 3).toFixed(1)} of 16 GB** |`);
});

test('Go collects garbage before a container reaches its limit', () => {
  const limits = ours.flatMap(([, { environment = {}, mem_limit }]) =>
    environment.GOMEMLIMIT ? [Number(environment.GOMEMLIMIT.replace('MiB', '')) / (Number(mem_limit) / 1024 ** 2)] : [],
  );
  // Prometheus and Alertmanager read the limit of their container by themselves.
  expect(limits).toHaveLength(3);
  for (const share of limits) expect(share).toSatisfy((value: number) => value > 0.6 && value < 0.95);
});

describe('the Docker socket', () => {
  const holders = (path: string) =>
    Object.entries(merged.services)
      .filter(([, { volumes = [] }]) => volumes.some(({ source }) => source === path))
      .map(([name]) => name);

  test('is mounted in its proxy only, which is on no network', () => {
    expect(holders(socket)).toEqual(['onyx-metrics-docker']);
    const proxy = merged.services['onyx-metrics-docker'];
    expect(proxy).toMatchObject({ network_mode: 'none' });
    expect(proxy?.ports).toBeUndefined();
  });

  test('is reached through a volume that one service of ours reads, and that one reaches the collector alone', () => {
    const key = 'onyx-metrics-docker';
    expect(holders(key).sort()).toEqual(['onyx-metrics-containers', key]);
    const members = Object.entries(merged.services).filter(([, { networks = {} }]) => key in networks);
    expect(members.map(([name]) => name).sort()).toEqual(['onyx-metrics-collector', 'onyx-metrics-containers']);
    expect(merged.networks[key]).toMatchObject({ internal: true });
    expect(Object.keys(merged.services['onyx-metrics-containers']?.networks ?? {})).toEqual([key]);
  });

  test('may lie elsewhere, or be missing: then there is no proxy and nobody to ask it', async () => {
    const elsewhere = await project([overlayFile], { env: { ONYX_DOCKER_SOCKET: '/run/user/1000/docker.sock' } });
    expect(elsewhere.services['onyx-metrics-docker']?.volumes?.map(({ source }) => source)).toContain(
      '/run/user/1000/docker.sock',
    );
    const without = await project([overlayFile], { env: { ONYX_CONTAINERS: '0' } });
    for (const name of ['onyx-metrics-docker', 'onyx-metrics-containers'])
      expect(without.services[name]?.scale, name).toBe(0);
  });
});

test('every variable of the Compose files is in .env.example, with the default it has there', async () => {
  const texts = await Promise.all(
    [overlayFile, platformFile, 'docker-compose.otel.alone.yml'].map((file) => readFile(path.join(root, file), 'utf8')),
  );
  // A default may be made of others.
  const all = texts.join('\n').replaceAll(/(?<=:-[^${}]*)\$\{ONYX_\w+:-([^${}]*)\}/g, '$1');
  const used = new Map(
    [...all.matchAll(/\$\{(ONYX_\w+):-([^}]*)\}/g)].map(([, name = '', value = '']) => [name, value]),
  );
  expect(used.size).toBeGreaterThan(10);
  const example = await readFile(path.join(root, '.env.example'), 'utf8');
  for (const [name, value] of used) {
    // The folder is not set to its default.
    expect(example, name).toContain(name === 'ONYX_METRICS_DIR' ? `\n#${name}=` : `\n#${name}=${value}\n`);
  }
});
