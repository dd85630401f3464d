// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import getPort from 'get-port';
import { coreServices } from '../../otel/src/catalogue/catalogue.ts';
import { binary } from '../../services/native/programs/binaries.ts';

type Labels = Readonly<Record<string, string>>;

/** Seconds between two samples, as between two scrapes. */
const step = 15;
const before = 75 * 60;
/** Tests go on for a while, and the newest value must not grow old meanwhile. */
const after = 15 * 60;

export interface SamplePrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** A Prometheus that holds an hour and more of what the platform emits, made up, and scrapes nothing. */
export async function startSamplePrometheus(): Promise<SamplePrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'onyx-preview-'));
  const data = join(folder, 'data');
  await writeFile(join(folder, 'samples.om'), openMetrics(Math.floor(Date.now() / 1000)));
  await execa(await binary('promtool'), [
    'tsdb',
    'create-blocks-from',
    'openmetrics',
    join(folder, 'samples.om'),
    data,
  ]);
  await writeFile(join(folder, 'prometheus.yml'), '{}');
  const address = `127.0.0.1:${await getPort()}`;
  const process = execa(
    await binary('prometheus'),
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=${address}`,
    ],
    { all: true, reject: false },
  );
  const stop = async () => {
    process.kill('SIGTERM');
    await process;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([
      untilReady(`http://${address}/-/ready`),
      process.then(({ all }) => Promise.reject(new Error(all))),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://${address}`, stop };
}

async function untilReady(url: string): Promise<void> {
  const isReady = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) await delay(100);
}

/** Samples of every kind: counters, histograms, gauges, a state with an outage and one with a gap. */
function openMetrics(now: number): string {
  const lines: string[] = [];
  const family = (name: string, type: string, series: readonly (readonly [string, Labels, Course])[]) => {
    lines.push(`# TYPE ${name} ${type}`);
    for (const [suffix, labels, course] of series) {
      const set = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      for (let at = now - before; at <= now + after; at += step) {
        const value = course((at - now) / 60, (at - now + before) / step);
        if (value !== undefined) lines.push(`${name}${suffix}{${set.join(',')}} ${value} ${at}`);
      }
    }
  };
  const models = ['gpt-4o', 'claude-sonnet', 'llama-3'];
  const wave = (minutes: number, phase: number) => 1 + 0.5 * Math.sin(minutes / 6 + phase);
  family(
    'onyx_chat_duration_seconds',
    'histogram',
    models.flatMap((model, index) =>
      ['true', 'false'].flatMap((success) => {
        const labels = { service: 'suna', model, success, user_id: 'u_000000000000' };
        const perStep = (success === 'true' ? 6 : 0.4) / (index + 1);
        const count: Course = (_, n) => Math.floor(n * perStep);
        const bucket = (le: string, share: number) =>
          ['_bucket', { ...labels, le }, (m: number, n: number) => Math.floor((count(m, n) ?? 0) * share)] as const;
        return [
          ...Object.entries({ 0.1: 0.05, 0.5: 0.4, 1: 0.7, 1.5: 0.85, 2: 0.95, 5: 0.99 }).map(([le, share]) =>
            bucket(le, share / (1 + index / 10)),
          ),
          bucket('+Inf', 1),
          ['_count', labels, count] as const,
          ['_sum', labels, (m: number, n: number) => (count(m, n) ?? 0) * 0.8] as const,
        ];
      }),
    ),
  );
  family(
    'onyx_active_agents',
    'gauge',
    ['research', 'coding'].map((agent_type, index) => [
      '',
      { service: 'onyx', agent_type, status: 'running' },
      (minutes) => Math.round(3 * wave(minutes, index)),
    ]),
  );
  family(
    'system_filesystem_utilization_ratio',
    'gauge',
    Object.entries({ '/': 0.55, '/data': 0.83, '/backup': 0.97 }).map(([mountpoint, use]) => [
      '',
      { service: 'infra', mountpoint },
      (minutes) => use - 0.01 * wave(minutes, 0),
    ]),
  );
  family(
    'onyx:service_up',
    'gauge',
    coreServices.map((service) => [
      '',
      { service },
      (minutes) => {
        if (service === 'qdrant' && minutes > -30 && minutes < -20) return 0;
        if (service === 'litellm' && minutes > -12 && minutes < -6) return undefined;
        return service === 'redis' && minutes > -4 ? 0 : 1;
      },
    ]),
  );
  return `${lines.join('\n')}\n# EOF\n`;
}

/** A value by minutes from now and number of the sample; undefined is no sample. */
type Course = (minutes: number, sample: number) => number | undefined;
