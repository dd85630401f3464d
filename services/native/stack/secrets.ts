// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../environment.ts';

/** Who people are at the metrics endpoints; Prometheus is `prometheus`, as prometheus.yml says. */
export const metricsUser = 'admin';

export interface Secrets {
  /** The folder of the files, one value each, no newline at the end; only its owner may enter. */
  readonly dir: string;
  readonly metricsPassword: string;
  /** Of the database administrator `postgres`, whom Onyx connects as. */
  readonly postgresPassword: string;
  /** Of `onyx_metrics`, the role the collector reads statistics with. */
  readonly postgresMetricsPassword: string;
  readonly redisPassword: string;
  readonly litellmMasterKey: string;
  readonly qdrantApiKey: string;
}

/** Writes the secrets of one stack. All are random but those of the metrics and the dashboards, which are the user's or else `admin`. */
export async function writeSecrets(dir: string, settings: Settings): Promise<Secrets> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const metricsPassword = await password('ONYX_METRICS_PASSWORD_FILE', settings.metricsPasswordFile);
  const secrets = {
    dir,
    metricsPassword,
    postgresPassword: random(),
    postgresMetricsPassword: random(),
    redisPassword: random(),
    litellmMasterKey: `sk-${random()}`,
    qdrantApiKey: random(),
  };
  const files = {
    metrics_password: metricsPassword,
    // Of Prometheus and Alertmanager, which ask for it in Docker only.
    prometheus_password: random(),
    grafana_admin_password: await password('ONYX_GRAFANA_PASSWORD_FILE', settings.grafanaPasswordFile),
    metrics_htpasswd: ['prometheus', metricsUser].map((user) => htpasswd(user, metricsPassword)).join('\n'),
    postgres_password: secrets.postgresPassword,
    postgres_metrics_password: secrets.postgresMetricsPassword,
    redis_password: secrets.redisPassword,
    litellm_master_key: secrets.litellmMasterKey,
    qdrant_api_key: secrets.qdrantApiKey,
    user_id_key: random(),
  };
  await Promise.all(
    Object.entries(files).map(([name, value]) => writeFile(join(dir, name), value, { mode: 0o600, flag: 'wx' })),
  );
  return secrets;
}

async function password(variable: string, file: string | undefined): Promise<string> {
  const value = file === undefined ? 'admin' : (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  if (value === '') throw new Error(`${variable}=${file} is empty: write the password into it.`);
  return value;
}

function random(): string {
  return randomBytes(24).toString('base64url');
}

/** The hash is compared at each scrape: bcrypt would take 50 ms of the 10 ms it may last. */
function htpasswd(user: string, password: string): string {
  return `${user}:{SHA}${createHash('sha1').update(password).digest('base64')}`;
}
