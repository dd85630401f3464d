// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { overlayFile, platformFile, project, root } from './project.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onyx-secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

const make = () => execa('npm', ['run', 'secrets'], { cwd: root, env: { ONYX_SECRETS_DIR: folder } });
const secret = (name: string) => readFile(path.join(folder, name), 'utf8');

test('npm run secrets makes every file that the Compose files name, and no other', async () => {
  await make();
  const { secrets } = await project([platformFile, overlayFile], { env: { ONYX_SECRETS_DIR: folder } });
  const named = new Set(Object.values(secrets).map(({ file }) => path.basename(file)));
  expect((await readdir(folder)).sort()).toEqual([...named].sort());
});

test('a secret is one line without an end, closed to other users by its folder', async () => {
  await make();
  // The hashes have a line for each user.
  for (const name of (await readdir(folder)).filter((name) => name !== 'metrics_htpasswd'))
    expect(await secret(name), name).toMatch(/^\S{28,}$/);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(folder, 'redis_password'))).mode & 0o777).toBe(0o444);
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

test('a secret that is there already stays', async () => {
  await writeFile(path.join(folder, 'redis_password'), 'mine');
  await make();
  const before = await secret('metrics_password');
  await make();
  expect(await secret('redis_password')).toBe('mine');
  expect(await secret('metrics_password')).toBe(before);
});
