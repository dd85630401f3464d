// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Collector, startCollector } from '../collector/helpers/collector.ts';
import { typed } from '../typed.ts';
import { loaderAsDocker } from './docker.ts';
import { root } from './project.ts';

/** The guides, command by command as they stand there, each from an empty folder. */

let folder: string;
let env: { PATH: string };
let collector: Collector;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onyx-guides-'));
  env = await loaderAsDocker(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const clone = 'git clone <this repository> onyx-metrics';

/** With the collector of this test in place of the usual one. */
const here = (command: string) => command.replace('http://localhost:4318', new URL(collector.otlp).origin);

/** The clone is what is here, with what is not committed yet and the packages that are installed. */
async function run(command: string): Promise<string> {
  if (command === clone) {
    await symlink(root, path.join(folder, 'onyx-metrics'));
    return '';
  }
  const { all, exitCode } = await typed(command, { as: here, cwd: folder, env, reject: false, all: true });
  if (exitCode !== 0) throw new Error(`${command}: ${all}`);
  return all;
}

describe('add-a-service.md', () => {
  beforeEach(async () => {
    [collector] = await Promise.all([startCollector(), run(clone)]);
  });
  afterEach(() => collector.stop());

  const apps = async () => (await collector.scrape('apps')).body;

  test('a Node service of one file is measured with three lines before it', async () => {
    const port = await getPort();
    await writeFile(
      path.join(folder, 'server.js'),
      `require('node:http').createServer((_, res) => res.end('hello')).listen(${port}, '127.0.0.1', () => console.log('ready'));\n`,
    );
    const commands = [
      'export OTEL_SERVICE_NAME=orders',
      'export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318',
      'NODE_OPTIONS=--require=$PWD/onyx-metrics/otel/dist/register.cjs node server.js',
    ];
    await stat(path.join(folder, 'onyx-metrics/otel/dist/register.cjs'));
    const service = typed(commands.join('\n'), {
      as: (text) => here(text).replace(/node server\.js$/, 'exec node server.js'),
      cwd: folder,
      reject: false,
      env: { OTEL_METRIC_EXPORT_INTERVAL: '300' },
    });
    try {
      await once(service.stdout, 'data');
      await fetch(`http://127.0.0.1:${port}/`);
      await expect.poll(apps).toMatch(/http_server_request_duration_seconds_count\{[^}]*job="orders"/);
    } finally {
      service.kill('SIGTERM');
      await service;
    }
  });

  test('one request by hand shows that the way is open', async () => {
    const guide = await readFile(path.join(root, 'docs/guides/add-a-service.md'), 'utf8');
    await writeFile(path.join(folder, 'metric.json'), /```json\n(.*?)```/s.exec(guide)?.[1] ?? '');
    const answer = await run(
      `curl -fsS http://localhost:4318/v1/metrics -H 'content-type: application/json' -d @metric.json`,
    );
    expect(JSON.parse(answer)).toEqual({ partialSuccess: {} });
    await expect.poll(apps).toMatch(/^way_open\{[^}]*job="way-is-open"[^}]*\} 1$/m);
  });
});
