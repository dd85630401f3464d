// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { folderOfFile } from '../folder.ts';
import { frameworksPython, preload } from '../otel/python/python.ts';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { gauge, send } from './helpers/otlp.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';

/* A start and a version, from a process with the preload through the real collector into what boards read. */

const soon = { timeout: 90_000, interval: 200 };

const folder = folderOfFile();
const collector = await collectorOfFile();
let prometheus: Prometheus;
let python: string;
let pythonPath: string;

beforeAll(async () => {
  // What is no service, such as a line of code, is not measured.
  await writeFile(join(folder, 'service.cjs'), 'require("node:http").createServer().listen(0, "127.0.0.1");\n');
  await writeFile(join(folder, 'service.py'), 'import time\ntime.sleep(600)\n');
  [python, pythonPath] = await Promise.all([frameworksPython(), preload()]);
  prometheus = await startPrometheus(collector);
}, 300_000);
afterAll(async () => {
  await prometheus?.stop();
});

type Start = readonly [version: string | undefined, seconds: number];

/** What boards mark: each value that the recorded series of a service ever had is the moment of one marker. */
async function markers(service: string): Promise<Start[]> {
  const series = await prometheus.query(`onyx:service_start_time_seconds{service="${service}"}[1h]`);
  const starts = series.flatMap(({ metric, values = [] }) =>
    [...new Set(values.map(([, value]) => Number(value)))].map((seconds): Start => [metric.version, seconds]),
  );
  return starts.sort(([, one], [, other]) => one - other);
}

interface Environment {
  readonly version?: string;
  readonly npm?: string;
}

const environment = (service: string, { version, npm }: Environment) => ({
  OTEL_SERVICE_NAME: service,
  OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.otlp).origin,
  OTEL_METRIC_EXPORT_INTERVAL: '500',
  OTEL_RESOURCE_ATTRIBUTES: version === undefined ? '' : `service.version=${version}`,
  PYTHONDONTWRITEBYTECODE: '1',
  npm_package_version: npm,
});

const run = {
  suna: (told: Environment) =>
    execa(process.execPath, ['--require', 'otel/register', join(folder, 'service.cjs')], {
      cwd: root,
      env: environment('suna', told),
      reject: false,
    }),
  onyx: (told: Environment) =>
    execa(python, [join(folder, 'service.py')], {
      env: { ...environment('onyx', told), PYTHONPATH: pythonPath },
      reject: false,
    }),
};

/** Runs a process until it is marked and was scraped a few times since, and returns the marker that it must have. */
async function started(service: keyof typeof run, told: Environment, version: string | undefined): Promise<Start> {
  const before = Math.floor(Date.now() / 1000);
  const process = run[service](told);
  try {
    return await vi.waitFor(async () => {
      const last = (await markers(service)).at(-1);
      expect(last?.[1]).toBeGreaterThanOrEqual(before);
      expect(last).toEqual([version, last?.[1]]);
      const scrapes = `count_over_time(onyx_process_start_time_seconds{service="${service}"}[1h])`;
      const seen = await prometheus.query(`${scrapes} and onyx_process_start_time_seconds == ${last?.[1]}`);
      expect(Number(seen[0]?.value?.[1])).toBeGreaterThanOrEqual(3);
      return last as Start;
    }, soon);
  } finally {
    process.kill('SIGTERM');
    await process;
  }
}

const commit = '3f9c2ab1d04e5f6789aabbccddeeff0011223344';

test.each(['suna', 'onyx'] as const)(
  'each start of a process of %s is one marker with its version, and being scraped is none',
  async (service) => {
    const expected = [
      await started(service, { version: '1.4.2' }, '1.4.2'),
      await started(service, { version: '1.5.0-rc.1' }, '1.5.0-rc.1'),
      await started(service, { version: '1.5.0-rc.1' }, '1.5.0-rc.1'),
      await started(service, { version: commit }, '3f9c2ab1'),
      await started(service, { version: 'jane.doe@example.com' }, undefined),
    ];
    expect(await markers(service)).toEqual(expected);
  },
);

test('what npm runs has the version of its package, unless it says another', async () => {
  await started('suna', { npm: '2.0.0' }, '2.0.0');
  await started('suna', { npm: '2.0.0', version: '2.0.1' }, '2.0.1');
});

test('no sender brings a version that is none, nor one on another metric', async () => {
  const points = (...versions: string[]) => versions.map((version) => ({ value: 1, attributes: { version } }));
  await send(collector.otlp, { service: 'stranger' }, [
    gauge('onyx_process_start_time_seconds', points('jane doe', 'x'.repeat(41), '1.0')),
    gauge('stranger_queue', points('1', '2', '3')),
  ]);
  const versions = async (name: string) => {
    const { body } = await collector.scrape('apps');
    return [...body.matchAll(new RegExp(`^${name}\\{.*version="([^"]*)"`, 'gm'))].map(([, version]) => version).sort();
  };
  await vi.waitFor(
    async () => expect(await versions('onyx_process_start_time_seconds')).toEqual(['1.0', 'other']),
    soon,
  );
  expect(await versions('stranger_queue')).toEqual(['other']);
});
