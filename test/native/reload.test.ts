// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { claimPorts, type PortBlock } from '../../services/native/processes/ports.ts';
import { http } from '../../services/native/processes/readiness.ts';
import { makeRunFolder } from '../../services/native/processes/run-folder.ts';
import { Supervisor } from '../../services/native/processes/supervisor.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { configuration, listening, writeSecrets } from '../collector/helpers/collector.ts';
import { typed } from '../typed.ts';

/** A real collector with the committed configuration, started as `npm start` does, in a cache folder of this test. */

let cacheDir: string;
let file: string;
let secrets: Awaited<ReturnType<typeof writeSecrets>>;
let supervisor: Supervisor;
let block: PortBlock;
const ended: string[] = [];

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'onyx-reload-'));
  secrets = await writeSecrets();
  file = join(cacheDir, 'collector.yaml');
  await copyFile(join(configuration, 'collector.yaml'), file);
  const folder = await makeRunFolder(cacheDir);
  await mkdir(join(folder, 'logs'));
  block = await claimPorts();
  const { health, env } = listening(block.ports, secrets.folder);
  supervisor = new Supervisor(
    [
      {
        name: 'collector',
        needs: [],
        command: await binary('otelcol'),
        args: ['--config', file],
        env,
        ready: http(`http://${health}`),
        limit: 30,
        reload: { validate: ['validate', '--config', file], announcement: 'Everything is ready.' },
      },
    ],
    folder,
    (message) => ended.push(message),
  );
  await Promise.all(supervisor.start(new AbortController().signal).values());
});
afterAll(async () => {
  await supervisor?.stop();
  block?.release();
  await secrets?.remove();
  await rm(cacheDir, { recursive: true, force: true });
});

const reload = (env = { ONYX_CACHE_DIR: cacheDir }) =>
  typed('npm run reload', { cwd: root, env, reject: false, as: (command) => command.replace('run', 'run --silent') });
const collector = () => supervisor.processes.get('collector');

test('npm run reload has a running collector work with its changed file', async () => {
  const { pid } = collector() ?? {};
  await appendFile(file, '\n# changed\n');
  expect(await reload()).toMatchObject({
    exitCode: 0,
    stdout: `collector (process ${pid}) works with its new configuration.`,
  });
  expect(collector()?.pid).toBe(pid);
});

test('a broken file is refused with what is wrong in it, and the collector goes on with what it has', async () => {
  const valid = await readFile(file, 'utf8');
  const starts = async () => (await readFile(collector()?.logFile ?? '', 'utf8')).split('Everything is ready.').length;
  const before = await starts();
  await writeFile(file, valid.replace('receivers: [redis]', 'receivers: [radish]'));
  const { exitCode, stderr } = await reload();
  await writeFile(file, valid);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^collector keeps its configuration, .+ refused: .*radish/s);
  expect(await starts()).toBe(before);
  expect(ended).toEqual([]);
});

test('where nothing runs, it says so', async () => {
  const { exitCode, stderr } = await reload({ ONYX_CACHE_DIR: join(cacheDir, 'none') });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: 'Nothing runs that could be reloaded: npm start first.',
  });
});

test('why there is this command: a bare SIGHUP with a broken file ends the collector', async () => {
  await writeFile(file, 'receivers: [');
  process.kill(collector()?.pid as number, 'SIGHUP');
  await expect.poll(() => ended).toEqual([expect.stringContaining('collector ended by itself')]);
});
