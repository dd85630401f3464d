// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import getPort from 'get-port';
import { prometheusFlags, scrapesAtOnce } from '../../collector-config/prometheus/flags.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { PrometheusApi } from '../e2e/prometheus-api.ts';
import type { Scraped } from './scrapes.ts';

/**
 * Lets Prometheus scrape endpoints each second, for so many seconds, and keep what it finds, native histograms too.
 *
 * @returns p50 and p95 of its `scrape_duration_seconds` of each, in milliseconds
 */
export async function scrapesByPrometheus(
  endpoints: readonly Scraped[],
  seconds: number,
): Promise<{ readonly p50: number; readonly p95: number }[]> {
  const folder = await mkdtemp(join(tmpdir(), 'onyx-bench-'));
  const address = `127.0.0.1:${await getPort()}`;
  const scrape_configs = endpoints.map(({ url, credentials }, index) => ({
    job_name: String(index),
    scrape_native_histograms: true,
    scrape_protocols: ['PrometheusProto', 'PrometheusText0.0.4'],
    basic_auth: credentials,
    static_configs: [{ targets: [new URL(url).host] }],
  }));
  const file = join(folder, 'prometheus.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs }));
  const process = execa(
    await binary('prometheus'),
    [
      ...[...prometheusFlags, scrapesAtOnce, `--config.file=${file}`],
      ...[`--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`],
    ],
    { reject: false, stdio: 'ignore' },
  );
  try {
    await Promise.race([ready(`http://${address}/-/ready`), once(process, 'exit')]);
    await setTimeout(seconds * 1000);
    const api = new PrometheusApi(`http://${address}`);
    // The first scrapes make the series, which is another work.
    const range = `${seconds - 2}s`;
    const scalar = async (rank: number, job: number) =>
      1000 * (await api.scalar(`quantile_over_time(${rank}, scrape_duration_seconds{job="${job}"}[${range}])`));
    return await Promise.all(
      endpoints.map(async (_, job) => ({ p50: await scalar(0.5, job), p95: await scalar(0.95, job) })),
    );
  } finally {
    process.kill('SIGKILL');
    await process;
    await rm(folder, { recursive: true, force: true });
  }
}

async function ready(url: string): Promise<void> {
  while (!(await fetch(url).catch(() => undefined))?.ok) await setTimeout(50);
}
