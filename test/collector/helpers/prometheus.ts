// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { vi } from 'vitest';
import { parseDocument } from 'yaml';
import { prometheusFlags, scrapesAtOnce } from '../../../collector-config/prometheus/flags.ts';
import { endpoints } from '../../../otel/src/catalogue/catalogue.ts';
import { binary } from '../../../services/native/programs/binaries.ts';
import { asker } from '../../../services/prometheus/prometheus.ts';
import { type Collector, configuration } from './collector.ts';

type Labels = Readonly<Record<string, string>>;

interface Series {
  readonly metric: Labels;
  /** Of an instant query. */
  readonly value?: readonly [time: number, value: string];
  /** Of a range selector. */
  readonly values?: readonly (readonly [time: number, value: string])[];
}

export interface Prometheus {
  readonly url: string;
  query(expression: string): Promise<readonly Series[]>;
  /** What it has written so far. */
  log(): string;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** A configuration next to prometheus.yml. */
  readonly file?: string;
  readonly flags?: readonly string[];
  /** Where to keep the samples; default: in the temporary folder. */
  readonly data?: string;
  /** Where it listens; default: a free port. For one that is there again. */
  readonly port?: number;
  /** Entries of `scrape_configs` more, as YAML. */
  readonly entries?: string;
  /** Samples at which a scrape fails; default: as committed, which are more than a busy machine can read each second. */
  readonly sampleLimit?: number;
}

/**
 * Runs Prometheus with a committed configuration, evaluating every second. Of a collector, if it scrapes one, it has then scraped every
 * endpoint: what a test sends once may otherwise expire before anybody has looked.
 */
export async function startPrometheus(
  collector?: Collector,
  { file: source = 'prometheus.yml', flags = [], data, port, entries = '', sampleLimit }: PrometheusOptions = {},
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'onyx-prometheus-'));
  const address = `127.0.0.1:${port ?? (await getPort())}`;
  await cp(join(configuration, 'prometheus'), folder, { recursive: true });
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets/prometheus_password'), 'asked for in Docker only');
  if (collector) await writeFile(join(folder, 'secrets/metrics_password'), collector.password);
  const target = (name: string, groups: object[]) =>
    writeFile(join(folder, `targets/${name}.yml`), JSON.stringify(groups));
  await target('alertmanager', []);
  await target('prometheus', [{ targets: [address] }]);
  for (const name of endpoints) {
    await target(name, collector ? [{ targets: [collector.addresses[name]], labels: { service: name } }] : []);
  }
  const file = join(folder, source);
  const settings = parseDocument(`${await readFile(file, 'utf8')}\n${entries}`);
  // The other endpoints take it from the first.
  if (sampleLimit) settings.setIn(['scrape_configs', 0, 'sample_limit'], sampleLimit);
  for (const name of ['scrape_interval', 'scrape_timeout', 'evaluation_interval'])
    settings.setIn(['global', name], '1s');
  await writeFile(file, settings.toString());

  const process = execa(
    await binary('prometheus'),
    [
      ...prometheusFlags,
      scrapesAtOnce,
      ...flags,
      `--config.file=${file}`,
      `--storage.tsdb.path=${data ?? join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { all: true, reject: false },
  );
  let log = '';
  process.all.on('data', (text) => {
    log += text;
  });
  const stop = async () => {
    process.kill('SIGTERM');
    await process;
    await rm(folder, { recursive: true, force: true });
  };
  const ask = asker(`http://${address}/api/v1`, {}, new AbortController().signal);
  const query: Prometheus['query'] = async (expression) => {
    const { result } = (await ask('query', { query: expression })) as { result: Series[] };
    return result;
  };
  const ready = vi.waitFor(
    async () => {
      if (!(await fetch(`http://${address}/-/ready`)).ok) throw new Error('Prometheus is not ready');
      const scraped = await query('up{service!=""} == 1');
      if (collector && scraped.length < endpoints.length) throw new Error('Prometheus does not scrape every endpoint');
    },
    { timeout: 30_000, interval: 100 },
  );
  const exited = process.then(({ all }) => Promise.reject(new Error(`Prometheus exited:\n${all}`)));
  try {
    await Promise.race([ready, exited]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://${address}`,
    log: () => log,
    stop,
    query,
  };
}
