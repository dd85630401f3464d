// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Endpoint, endpoints } from '../../../otel/src/catalogue/catalogue.ts';
import { claimPorts } from '../../../services/native/processes/ports.ts';
import { http } from '../../../services/native/processes/readiness.ts';
import { binary } from '../../../services/native/programs/binaries.ts';
import { basic } from '../../../services/prometheus/http-endpoint.ts';

export const configuration = fileURLToPath(new URL('../../../collector-config/', import.meta.url));

export interface Collector {
  /** Where OTLP/HTTP metrics are posted. */
  readonly otlp: string;
  /** `host:port` of OTLP over gRPC. */
  readonly grpc: string;
  /** `host:port` of each exporter endpoint. */
  readonly addresses: Readonly<Record<Endpoint, string>>;
  readonly password: string;
  readonly pid: number;
  /** Answer of an endpoint, as text exposition; `user:password` defaults to the right ones, an empty string sends none. */
  scrape(endpoint: Endpoint, credentials?: string): Promise<{ status: number; body: string }>;
  /** What it has written so far. */
  log(): string;
  /** Ends it, at once unless said otherwise. Returns its exit code, none after a kill. */
  stop(signal?: NodeJS.Signals): Promise<number | undefined>;
}

/** Arguments that name files of collector-config, or any others by their whole path. */
export const configs = (files: readonly string[]) =>
  files.flatMap((file) => ['--config', resolve(configuration, file)]);

/** A temporary folder with one file for each secret the configuration names. */
export async function writeSecrets(): Promise<{ folder: string; password: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'onyx-secrets-'));
  const password = randomBytes(32).toString('hex');
  const secrets = {
    metrics_password: password,
    metrics_htpasswd: `prometheus:{SHA}${createHash('sha1').update(password).digest('base64')}`,
    postgres_metrics_password: 'unused',
    redis_password: 'unused',
    qdrant_api_key: 'key-of-qdrant',
    litellm_master_key: 'key-of-litellm',
  };
  await Promise.all(Object.entries(secrets).map(([name, value]) => writeFile(join(folder, name), `${value}\n`)));
  return { folder, password, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Where a collector listens, and the environment that tells it so; whatever it might ask itself is not there. */
export function listening(ports: readonly number[], secretsDir: string) {
  const [self, ...others] = ports;
  const [otlp = '', grpc = '', health = '', ...exporters] = others.map((port) => `127.0.0.1:${port}`);
  const addresses = Object.fromEntries(endpoints.map((name, index) => [name, exporters[index]])) as Record<
    Endpoint,
    string
  >;
  const targets = ['SUNA', 'ONYX', 'QDRANT', 'LITELLM', 'REDIS', 'POSTGRES'];
  const env = {
    ONYX_SECRETS_DIR: secretsDir,
    ONYX_OTLP_HTTP_ENDPOINT: otlp,
    ONYX_OTLP_GRPC_ENDPOINT: grpc,
    ONYX_HEALTH_ENDPOINT: health,
    ONYX_SELF_METRICS_PORT: String(self),
    ...Object.fromEntries(endpoints.map((name) => [`ONYX_${name.toUpperCase()}_METRICS_ENDPOINT`, addresses[name]])),
    ...Object.fromEntries(targets.map((name) => [`ONYX_${name}_TARGET`, '127.0.0.1:1'])),
  };
  return { otlp, grpc, health, addresses, env };
}

/**
 * Runs the collector with the committed configuration on free ports, collecting every second.
 * `more` names files of collector-config that come after collector.yaml; `first` is another in its place, `program` another collector.
 * Rejects with its log when it is not healthy in time.
 */
export async function startCollector(
  overrides: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
  first = 'collector.yaml',
  program: () => Promise<string> = () => binary('otelcol'),
): Promise<Collector> {
  const secrets = await writeSecrets();
  const { ports, release } = await claimPorts();
  const { otlp, grpc, health, addresses, env } = listening(ports, secrets.folder);
  const process = execa(await program(), configs([first, ...more]), {
    all: true,
    reject: false,
    // As long as Docker's stop_grace_period: a receiver finishes what it has begun, which takes seconds without an answer.
    forceKillAfterDelay: 30_000,
    env: { ...env, ONYX_COLLECTION_INTERVAL: '1s', ...overrides },
  });
  let log = '';
  process.all.on('data', (text) => {
    log += text;
  });
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    process.kill(signal);
    const { exitCode } = await process;
    release();
    await secrets.remove();
    return exitCode;
  };
  const healthy = answers(`http://${health}`);
  const exited = process.then(({ all }) => Promise.reject(new Error(`the collector exited:\n${all}`)));
  try {
    await Promise.race([healthy, exited]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    otlp: `http://${otlp}/v1/metrics`,
    grpc,
    addresses,
    password: secrets.password,
    pid: process.pid as number,
    log: () => log,
    stop,
    scrape: async (endpoint, credentials = `prometheus:${secrets.password}`) => {
      const answer = await fetch(`http://${addresses[endpoint]}/metrics`, {
        headers: credentials ? { authorization: basic(credentials) } : {},
      });
      return { status: answer.status, body: await answer.text() };
    },
  };
}

/**
 * Resolves when it says that it is well: it answers 503 while its pipelines start. Rejects with the last reason after half a minute.
 * Without vitest, for the benchmark.
 */
async function answers(url: string): Promise<void> {
  const well = http(url);
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return await well(AbortSignal.timeout(2000));
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(50);
    }
  }
}
