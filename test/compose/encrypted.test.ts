// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { folderOfFile } from '../folder.ts';
import { loaderAsDocker } from './docker.ts';
import { project, root } from './project.ts';

/** A platform whose .env dotenvx itself has encrypted, and Docker's own loader in the place of Docker. */

const dsn = 'https://0123456789abcdef@o1.ingest.sentry.example/1';
const folder = folderOfFile();
let env: Awaited<ReturnType<typeof loaderAsDocker>>;

const platform = (suna: object) =>
  writeFile(
    path.join(folder, 'docker-compose.yml'),
    stringify({
      services: {
        suna: { image: 'suna:1', command: 'node .', secrets: ['user_id_key'], networks: ['manus-network'], ...suna },
      },
      networks: { 'manus-network': {} },
      secrets: { user_id_key: { file: './secrets/user_id_key' } },
    }),
  );

beforeAll(async () => {
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  await symlink(root, path.join(folder, 'onyx-metrics'));
  await writeFile(path.join(folder, '.env'), `SENTRY_DSN=${dsn}\nONYX_METRICS_DIR=./onyx-metrics\n`);
  env = await loaderAsDocker(folder);
  env.PATH = `${path.join(folder, 'node_modules/.bin')}:${env.PATH}`;
  await run('npx dotenvx encrypt -k SENTRY_DSN');
  await run('sh onyx-metrics/services/secrets.sh');
});
// biome-ignore lint/suspicious/noTemplateCurlyInString: for Compose to fill in
beforeEach(() => platform({ environment: { SENTRY_DSN: '${SENTRY_DSN}' } }));

const run = (command: string) => execa(command, { shell: true, cwd: folder, env, reject: false });
const preflight = 'sh onyx-metrics/services/preflight.sh -f docker-compose.yml -f onyx-metrics/docker-compose.otel.yml';

test('plain Compose would hand the encrypted value on', async () => {
  expect(await readFile(path.join(folder, '.env'), 'utf8')).not.toContain(dsn);
  const { services } = await project(['docker-compose.yml'], { directory: folder });
  expect(services.suna?.environment?.SENTRY_DSN).toMatch(/^encrypted:/);
});

test('the preflight refuses it with the command that decrypts, and lets that one pass', async () => {
  const { exitCode, stderr } = await run(preflight);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr:
      'SENTRY_DSN is encrypted, and plain docker compose hands it on as it stands: npx dotenvx run -- docker compose -f docker-compose.yml -f onyx-metrics/docker-compose.otel.yml up -d',
  });
  expect(await run(`npx dotenvx run -- ${preflight}`)).toMatchObject({ exitCode: 0 });
  const resolved = await run('dotenvx run -- docker compose -f docker-compose.yml config --format json');
  expect(resolved.stdout).toContain(`"SENTRY_DSN": "${dsn}"`);
});

test('an env_file is decrypted by nobody: the preflight says what to write in its place', async () => {
  await platform({ env_file: './.env' });
  const { exitCode, stderr } = await run(`dotenvx run -- ${preflight}`);
  expect(exitCode).toBe(1);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: for Compose to fill in
  expect(stderr).toContain('name it under environment as SENTRY_DSN: ${SENTRY_DSN}');
});

test('a secret file that is missing, empty or encrypted is named', async () => {
  const file = path.join(folder, 'secrets/qdrant_api_key');
  const key = await readFile(file, 'utf8');
  await platform({});
  for (const [content, complaint] of [
    [undefined, 'is missing or empty: sh onyx-metrics'],
    ['', 'is missing or empty: sh onyx-metrics'],
    ['encrypted:BGmtro3uixh3', 'holds an encrypted value'],
  ]) {
    await rm(file, { force: true });
    if (content !== undefined) await writeFile(file, content);
    const stderr = expect.stringContaining(`secrets/qdrant_api_key ${complaint}`);
    expect(await run(preflight)).toMatchObject({ exitCode: 1, stderr });
  }
  await rm(file);
  await writeFile(file, key);
});

test('a Redis without a password has an empty file', async () => {
  const file = path.join(folder, 'secrets/redis_password');
  await platform({});
  await rm(file);
  expect(await run(preflight)).toMatchObject({ exitCode: 1 });
  await writeFile(file, '');
  expect(await run(preflight)).toMatchObject({ exitCode: 0, stderr: '' });
});

test('what Compose itself refuses, the preflight leaves to Compose to say', async () => {
  await platform({ networks: ['nowhere'] });
  expect(await run(preflight)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('undefined network nowhere'),
  });
});

test('npm run attach writes nothing while a value is encrypted', async () => {
  // As npm starts it, which takes longer than all the rest.
  const attach =
    "INIT_CWD=$PWD sh -c 'cd onyx-metrics && node services/native/bootstrap.mjs services/attach/attach.ts docker-compose.yml suna --image-node-options suna='";
  const { exitCode, stderr } = await run(attach);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^SENTRY_DSN of suna in docker-compose.yml is encrypted.+npx dotenvx run -- npm run attach/,
    ),
  });
  await expect(readFile(path.join(folder, 'docker-compose.otel.attach.yml'))).rejects.toThrow('ENOENT');
  expect(await run(`dotenvx run -- env ${attach}`)).toMatchObject({ exitCode: 0 });
  // What others can read holds neither form.
  const text = await readFile(path.join(folder, 'docker-compose.otel.attach.yml'), 'utf8');
  expect(text).not.toContain('SENTRY_DSN');
});
