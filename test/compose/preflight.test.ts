// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loaderAsDocker } from './docker.ts';
import { root } from './project.ts';

/** What would start and not work, with Docker's own loader in the place of Docker; test/docker has what a machine lacks. */

let folder: string;
let environment: { PATH: string };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), `it's a <preflight> & "co" \\ñ $HOME-`));
  await symlink(root, path.join(folder, 'onyx-metrics'));
  await writeFile(path.join(folder, '.env'), 'ONYX_METRICS_DIR=./onyx-metrics\n');
  await compose('docker-compose.yml', { services: { web: published('80:80') }, networks: { 'manus-network': {} } });
  environment = await loaderAsDocker(folder);
  await execa('sh', ['onyx-metrics/services/secrets.sh'], { cwd: folder });
});
afterAll(() => rm(folder, { recursive: true }));

const compose = (file: string, content: object) => writeFile(path.join(folder, file), stringify(content));
const published = (port: string) => ({ image: 'web:1', ports: [port], networks: ['manus-network'] });

function preflight(env: Readonly<Record<string, string>> = {}, ...more: string[]) {
  const files = ['docker-compose.yml', 'onyx-metrics/docker-compose.otel.yml', ...more].flatMap((file) => ['-f', file]);
  const options = { cwd: folder, env: { ...environment, ...env }, reject: false };
  return execa('sh', ['onyx-metrics/services/preflight.sh', ...files], options);
}

test('a strong password may be asked for anywhere', async () => {
  expect(await preflight({ ONYX_GRAFANA_BIND: '0.0.0.0' })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('where Docker has no Compose, a line says what to install', async () => {
  const programs = path.join(folder, 'without-compose');
  await mkdir(programs);
  await writeFile(path.join(programs, 'docker'), '#!/bin/sh\necho "unknown flag: $2" >&2\nexit 125\n', { mode: 0o755 });
  const { exitCode, stderr } = await preflight({ PATH: `${programs}:${process.env.PATH}` });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/\ndocker compose does not run here: install Docker Compose 2\.40 or newer\.$/);
});

test('the default password is refused with one line where a port is published beyond the machine', async () => {
  await writeFile(path.join(folder, 'secrets/grafana_admin_password'), 'admin');
  // The platform's own port 80 is none of our business.
  expect(await preflight()).toMatchObject({ exitCode: 0, stderr: '' });
  for (const [address, refused] of [
    ['0.0.0.0', 'onyx-metrics-grafana on 0.0.0.0'],
    ['192.0.2.7', 'onyx-metrics-grafana on 192.0.2.7'],
    ['::', 'onyx-metrics-grafana on ::'],
  ] as const) {
    const { exitCode, stderr } = await preflight({ ONYX_GRAFANA_BIND: address === '::' ? '[::]' : address });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^.+secrets\/grafana_admin_password holds the default password admin, and ports are published .*BIND at 127.0.0.1.$/,
    );
    expect(stderr).toContain(`(${refused})`);
  }
});

test('passwords of the platform itself, and what only looks like a file of a secret, are its own business', async () => {
  await writeFile(path.join(folder, 'password'), 'admin');
  await compose('other.yml', { services: { worker: { image: 'worker:"1"', networks: ['manus-network'] } } });
  await compose('own.yml', {
    include: ['other.yml'],
    services: {
      child: { extends: { file: 'other.yml', service: 'worker' }, env_file: [{ path: 'own.env' }] },
      web: {
        labels: { file: '/nowhere' },
        environment: { file: '/nowhere', NOTE: 'encrypted: at rest' },
        secrets: ['password', 'empty'],
        ports: ['0.0.0.0:81:81'],
      },
    },
    secrets: { password: { file: './password' }, empty: { file: './empty' } },
  });
  await writeFile(path.join(folder, 'own.env'), `FILE="/nowhere"\nNOTE=encrypted: at rest\nBLANK=\n`);
  await writeFile(path.join(folder, 'secrets/grafana_admin_password'), 'a strong one');
  expect(await preflight({ ONYX_GRAFANA_BIND: '0.0.0.0' }, 'own.yml')).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a network that only our services would be on is told with those of the platform', async () => {
  expect(await preflight({ ONYX_NETWORK: 'default' })).toMatchObject({
    exitCode: 1,
    stderr: 'no service of yours is on the network default: set ONYX_NETWORK in .env to one of manus-network.',
  });
});

test('the default password is refused too where another file publishes the port without an address', async () => {
  await writeFile(path.join(folder, 'secrets/prometheus_password'), 'admin');
  await compose('more.yml', { services: { 'onyx-metrics-collector': { ports: ['9201:9201'] } } });
  const { exitCode, stderr } = await preflight({}, 'more.yml');
  expect([exitCode, stderr.split('\n').length]).toEqual([1, 1]);
  expect(stderr).toContain('(onyx-metrics-collector on every address)');
});
