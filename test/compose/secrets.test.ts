// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { typed } from '../typed.ts';
import { canaryFile, overlayFile, platformFile, project, root } from './project.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onyx-secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

const make = () => typed('npm run secrets', { cwd: root, env: { ONYX_SECRETS_DIR: folder } });
const secret = (name: string) => readFile(path.join(folder, name), 'utf8');

test('npm run secrets makes every file that the Compose files name, and no other', async () => {
  await make();
  const { secrets } = await project([platformFile, overlayFile, canaryFile], {
    env: {
      ONYX_SECRETS_DIR: folder,
      ...{ ONYX_CANARY_QUESTION: 'question', ONYX_CANARY_DOCUMENT: 'document', ONYX_CANARY_ANSWER: 'answer' },
    },
  });
  const named = new Set(Object.values(secrets).map(({ file }) => path.basename(file)));
  expect((await readdir(folder)).sort()).toEqual([...named].sort());
});

test.each(['.env.example', 'docs/guides/credentials.md'])('%s says of every secret what it is for', async (file) => {
  await make();
  const text = await readFile(path.join(root, file), 'utf8');
  for (const name of await readdir(folder)) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
});

test('a secret is one line without an end that its owner may write, closed to other users by its folder', async () => {
  await make();
  const derived = ['metrics_htpasswd', 'prometheus_web', 'alertmanager_config'];
  const empty = ['canary_token'];
  for (const name of (await readdir(folder)).filter((name) => ![...derived, ...empty].includes(name)))
    expect(await secret(name), name).toMatch(/^\S{28,}$/);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(folder, 'redis_password'))).mode & 0o777).toBe(0o644);
});

test('the collector checks the password that Prometheus sends', async () => {
  await make();
  const hash = createHash('sha1')
    .update(await secret('metrics_password'))
    .digest('base64');
  const configuration = await readFile(path.join(root, 'collector-config/prometheus/prometheus.yml'), 'utf8');
  const user = /basic_auth: \{ username: (\w+)/.exec(configuration)?.[1];
  expect((await secret('metrics_htpasswd')).split('\n')).toEqual([`${user}:{SHA}${hash}`, `admin:{SHA}${hash}`]);
});

test('a hash is made anew when its password is newer, and only then', async () => {
  await make();
  const before = [await secret('metrics_htpasswd'), await secret('prometheus_web')];
  await make();
  expect([await secret('metrics_htpasswd'), await secret('prometheus_web')]).toEqual(before);
  for (const name of ['metrics_password', 'prometheus_password']) {
    await rm(path.join(folder, name));
    await writeFile(path.join(folder, name), 'changed');
  }
  await make();
  expect(await secret('metrics_htpasswd')).toContain(createHash('sha1').update('changed').digest('base64'));
  expect(await secret('prometheus_web')).not.toBe(before[1]);
});

test.each([
  [
    'a password that Grafana would not read as it is written',
    'costs 5$',
    'Grafana would take the $ in it for a variable',
  ],
  ['the default password', 'admin', 'admin is what everybody tries first'],
])('%s is refused with one line, and Prometheus gets no hash', async (_, password, reason) => {
  await writeFile(path.join(folder, 'prometheus_password'), password);
  const refused = await execa('sh', ['services/secrets.sh'], {
    cwd: root,
    env: { ONYX_SECRETS_DIR: folder },
    reject: false,
  });
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(/^\S+\/prometheus_password: .+\.$/);
  expect(refused.stderr).toContain(`prometheus_password: ${reason}`);
  expect(await readdir(folder)).not.toContain('prometheus_web');
});

test('without a program that makes the hash it names those that can', async () => {
  const without = path.join(folder, 'bin');
  await mkdir(without);
  for (const name of ['perl', 'htpasswd'])
    await writeFile(path.join(without, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const env = { ONYX_SECRETS_DIR: path.join(folder, 'secrets'), PATH: `${without}:${process.env.PATH}` };
  await expect(execa('sh', ['services/secrets.sh'], { cwd: root, env })).rejects.toThrow('install perl, or htpasswd');
});

test('the folder is where .env says that it is, as for Compose', async () => {
  const run = () => execa('sh', [path.join(root, 'services/secrets.sh')], { cwd: folder });
  await writeFile(path.join(folder, '.env'), 'OTHER=1\nONYX_SECRETS_DIR="./kept safe" # there\n');
  await run();
  expect(await readdir(path.join(folder, 'kept safe'))).toContain('prometheus_web');
  await writeFile(path.join(folder, '.env'), 'ONYX_SECRETS_DIR=encrypted:BGmtro3uixh3\n');
  await expect(run()).rejects.toThrow('ONYX_SECRETS_DIR is encrypted: npx dotenvx run -- sh ');
});

test('a secret that is there already stays', async () => {
  await writeFile(path.join(folder, 'redis_password'), 'mine');
  await make();
  const before = await secret('metrics_password');
  await make();
  expect(await secret('redis_password')).toBe('mine');
  expect(await secret('metrics_password')).toBe(before);
});
