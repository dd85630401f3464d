// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { join } from 'node:path';
import { alertmanagerFlags } from '../../../collector-config/alertmanager/flags.ts';
import { type Endpoint, endpoints } from '../../../collector-config/endpoints.ts';
import { prometheusFlags } from '../../../collector-config/prometheus/flags.ts';
import { root } from '../environment.ts';
import { http, redisPing } from '../processes/readiness.ts';
import type { ProcessSpec } from '../processes/supervised-process.ts';
import { alertmanagerConfigIn } from './alertmanager-config.ts';
import { litellmConfigIn } from './litellm-config.ts';
import { answersQueries, connection, initialise, type PostgresPrograms, setUp, unprivileged } from './postgres.ts';
import { metricsUser, type Secrets } from './secrets.ts';

export type ProcessName =
  | 'postgres'
  | 'redis'
  | 'qdrant'
  | 'litellm'
  | 'alertmanager'
  | 'collector'
  | 'prometheus'
  | 'preview'
  | 'onyx'
  | 'suna'
  | 'canary';

/** Every port of a stack, all on the loopback address. */
export interface Ports {
  readonly suna: number;
  readonly onyx: number;
  readonly qdrant: number;
  readonly litellm: number;
  readonly redis: number;
  readonly postgres: number;
  readonly prometheus: number;
  readonly preview: number;
  readonly alertmanager: number;
  readonly otlp: number;
  readonly otlpGrpc: number;
  readonly collectorHealth: number;
  readonly collectorSelf: number;
  readonly endpoints: Readonly<Record<Endpoint, number>>;
}

export interface Intervals {
  /** Seconds between two scrapes by Prometheus. */
  readonly scrape: number;
  /** Seconds between two exports by the Node services. */
  readonly export: number;
  /** Seconds between two collections by the collector's receivers. */
  readonly collection: number;
  /** Seconds between two evaluations of Prometheus' rules. */
  readonly evaluation: number;
  /** Seconds between two questions of the canary. */
  readonly canary: number;
}

export interface Programs {
  readonly otelcol: string;
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly python: string;
  readonly redisServer: string;
  readonly postgres: PostgresPrograms;
  /** For an Onyx in Python: the interpreter with what it imports, and the folder it is preloaded with. */
  readonly onyxPython?: { readonly python: string; readonly preload: string } | undefined;
}

export interface Platform {
  readonly folder: string;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly intervals: Intervals;
  /** What models may cost in a month, in US dollars; empty: no budget. */
  readonly budgetMonthlyUsd?: string | undefined;
  /** Whether a canary asks. */
  readonly canary?: boolean | undefined;
  readonly nodeFlags?: readonly string[] | undefined;
  readonly programs: Programs;
}

/** What Onyx is written in: `services/onyx` or `services/onyx-python`. */
export const onyxLanguages = ['node', 'python'] as const;
export type OnyxLanguage = (typeof onyxLanguages)[number];

/** What the canary asks, and what document 168 of services/onyx/documents.ts makes of the answer of services/litellm/quoting.py. */
export const canaryQuestion = {
  ONYX_CANARY_QUESTION: 'How to repair backup restore database that are urgent?',
  ONYX_CANARY_DOCUMENT: '168',
  ONYX_CANARY_ANSWER: 'documents 168\\b',
} as const;

/** Where a stack's preview looks for its page, which may come after everything else is up. */
export function previewPageIn(folder: string): string {
  return join(folder, 'preview');
}

/** The command `litellm`, 2 s sooner of 10: while it imports there is nothing to collect, and a fifth of its start went into looking. */
export const litellmProxy = [
  '-c',
  'import gc; gc.disable(); import litellm.proxy.proxy_server; gc.enable(); litellm.run_server()',
];

/** How uvicorn runs Onyx. A connection may be idle for longer than any client keeps one, as of the services in Node. */
const onyxServer = ['--no-access-log', '--log-level', 'warning', '--timeout-keep-alive', '75'];

/** Python would leave compiled files next to our sources. */
const withoutBytecode = { PYTHONDONTWRITEBYTECODE: '1' };

/** The processes of a stack, each after those it needs. */
export function platform({
  folder,
  ports,
  secrets,
  intervals,
  budgetMonthlyUsd = '',
  canary = false,
  nodeFlags = [],
  programs,
}: Platform): readonly (ProcessSpec & { readonly name: ProcessName })[] {
  const at = (port: number) => `127.0.0.1:${port}`;
  const url = (port: number, path = '') => `http://${at(port)}${path}`;
  const secret = (name: string) => join(secrets.dir, name);
  const data = (name: string) => join(folder, 'data', name);
  const database = connection(ports.postgres, secrets);
  const collectorFiles = ['collector.yaml', 'business.yaml'].flatMap((file) => [
    '--config',
    join(root, 'collector-config', file),
  ]);

  const measured = (name: 'suna' | 'onyx' | 'canary'): Record<string, string> => ({
    OTEL_SERVICE_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: url(ports.otlp),
    OTEL_METRIC_EXPORT_INTERVAL: String(intervals.export * 1000),
    ONYX_USER_ID_KEY_FILE: secret('user_id_key'),
  });
  type Started = Pick<ProcessSpec, 'command' | 'args' | 'cwd' | 'env'>;
  const node = (name: 'suna' | 'onyx', env: Record<string, string>): Started => ({
    command: process.execPath,
    args: [...nodeFlags, '--require', 'otel/register', `services/dist/${name}/server.mjs`],
    cwd: root,
    env: {
      ...{ HOST: '127.0.0.1', PORT: String(ports[name]) },
      ...measured(name),
      // Its commands to Redis: no failure of them ends it, so following the channel changes nothing.
      ...(name === 'onyx' && { ONYX_INSTRUMENTATION: 'ioredis' }),
      ...env,
    },
  });
  const onyxInPython = (
    { python, preload }: NonNullable<Programs['onyxPython']>,
    env: Record<string, string>,
  ): Started => ({
    command: python,
    args: [
      ...['-m', 'uvicorn', 'onyx.app:app', '--app-dir', join(root, 'services/onyx-python')],
      ...['--host', '127.0.0.1', '--port', String(ports.onyx), ...onyxServer],
    ],
    env: { PYTHONPATH: preload, ...withoutBytecode, ...measured('onyx'), ...env },
  });

  const stores = {
    PGHOST: database.host,
    PGPORT: String(database.port),
    PGUSER: database.user,
    PGDATABASE: database.database,
    PGPASSWORD_FILE: secret('postgres_password'),
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(ports.redis),
    REDIS_PASSWORD_FILE: secret('redis_password'),
    QDRANT_URL: url(ports.qdrant),
    QDRANT_API_KEY_FILE: secret('qdrant_api_key'),
    LITELLM_URL: url(ports.litellm),
    LITELLM_KEY_FILE: secret('litellm_master_key'),
    PROMETHEUS_URL: url(ports.prometheus),
    PROMETHEUS_PASSWORD_FILE: secret('prometheus_password'),
    METRICS_USER: metricsUser,
    METRICS_PASSWORD_FILE: secret('metrics_password'),
  };

  const asking: ProcessSpec & { readonly name: ProcessName } = {
    name: 'canary',
    needs: ['suna'],
    command: process.execPath,
    args: ['--require', 'otel/register', 'otel/dist/canary.mjs'],
    cwd: root,
    env: {
      ...measured('canary'),
      ...canaryQuestion,
      ONYX_CANARY_URL: url(ports.suna, '/api/chat'),
      ONYX_CANARY_INTERVAL: String(intervals.canary),
    },
    // It listens nowhere.
    ready: async () => undefined,
    limit: 30,
  };

  return [
    {
      name: 'postgres',
      needs: [],
      ...postgres(programs.postgres.postgres, data('postgres'), ports.postgres),
      prepare: (signal) => initialise(programs.postgres, data('postgres'), secret('postgres_password'), signal),
      ready: answersQueries(database),
      setUp: () => setUp(database, secrets),
      limit: 60,
    },
    {
      name: 'redis',
      needs: [],
      command: programs.redisServer,
      args: [join(folder, 'redis.conf')],
      ready: redisPing(ports.redis, secrets.redisPassword),
      limit: 30,
    },
    {
      name: 'qdrant',
      needs: [],
      command: programs.python,
      args: [
        ...[join(root, 'services/qdrant/server.py'), '--host', '127.0.0.1', '--port', String(ports.qdrant)],
        ...['--data', data('qdrant'), '--api-key-file', secret('qdrant_api_key')],
      ],
      env: withoutBytecode,
      ready: http(url(ports.qdrant, '/readyz')),
      limit: 60,
    },
    {
      name: 'litellm',
      needs: [],
      command: programs.python,
      args: [
        ...[...litellmProxy, '--config', litellmConfigIn(folder)],
        ...['--host', '127.0.0.1', '--port', String(ports.litellm)],
      ],
      env: {
        // The one secret in an environment: LiteLLM reads its key from nowhere else.
        LITELLM_MASTER_KEY: secrets.litellmMasterKey,
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS: 'True',
        // docs/guides/litellm.md
        PROMETHEUS_DISABLE_CREATED_SERIES: 'True',
        // Seconds. Its own 5 are barely more than the 4 for which Node keeps a connection: calls were lost on busy machines.
        KEEPALIVE_TIMEOUT: '75',
        ...withoutBytecode,
      },
      cwd: folder,
      ready: http(url(ports.litellm, '/health/readiness')),
      limit: 120,
    },
    {
      name: 'alertmanager',
      needs: [],
      command: programs.alertmanager,
      args: [
        `--config.file=${alertmanagerConfigIn(folder)}`,
        `--storage.path=${data('alertmanager')}`,
        `--web.listen-address=${at(ports.alertmanager)}`,
        ...alertmanagerFlags,
      ],
      ready: http(url(ports.alertmanager, '/-/ready')),
      limit: 30,
    },
    {
      name: 'collector',
      // Not LiteLLM, the slowest to start: its first scrapes may fail, the services' first exports may not.
      needs: ['postgres', 'redis', 'qdrant'],
      command: programs.otelcol,
      args: collectorFiles,
      reload: { validate: ['validate', ...collectorFiles], announcement: 'Everything is ready.' },
      env: {
        ONYX_SECRETS_DIR: secrets.dir,
        ONYX_COLLECTION_INTERVAL: `${intervals.collection}s`,
        // Three reports of the slowest sender; below 10 s a busy machine would drop senders that are alive.
        ONYX_EXPIRATION: `${Math.max(10, 3 * Math.max(intervals.collection, intervals.export))}s`,
        ONYX_OTLP_HTTP_ENDPOINT: at(ports.otlp),
        ONYX_OTLP_GRPC_ENDPOINT: at(ports.otlpGrpc),
        ONYX_HEALTH_ENDPOINT: at(ports.collectorHealth),
        ONYX_SELF_METRICS_PORT: String(ports.collectorSelf),
        ONYX_SUNA_TARGET: at(ports.suna),
        ONYX_ONYX_TARGET: at(ports.onyx),
        ONYX_QDRANT_TARGET: at(ports.qdrant),
        ONYX_LITELLM_TARGET: at(ports.litellm),
        ONYX_REDIS_TARGET: at(ports.redis),
        ONYX_POSTGRES_TARGET: at(ports.postgres),
        ONYX_BUDGET_MONTHLY_USD: budgetMonthlyUsd,
        ONYX_CANARY: canary ? '1' : '0',
        ...Object.fromEntries(
          endpoints.map((name) => [`ONYX_${name.toUpperCase()}_METRICS_ENDPOINT`, at(ports.endpoints[name])]),
        ),
      },
      ready: http(url(ports.collectorHealth)),
      limit: 30,
    },
    {
      name: 'prometheus',
      needs: ['collector', 'alertmanager'],
      command: programs.prometheus,
      args: [
        `--config.file=${join(folder, 'prometheus/prometheus.yml')}`,
        `--storage.tsdb.path=${data('prometheus')}`,
        `--web.listen-address=${at(ports.prometheus)}`,
        // Prometheus' own minute at 15 s. What fires before it has found Alertmanager, in its first 5 s, is told only then.
        `--rules.alert.resend-delay=${4 * intervals.evaluation}s`,
        ...prometheusFlags,
      ],
      env: { ONYX_GRAFANA_URL: `http://localhost:${ports.preview}/` },
      ready: http(url(ports.prometheus, '/-/ready')),
      limit: 30,
    },
    {
      name: 'preview',
      needs: ['prometheus'],
      command: process.execPath,
      args: ['--import', 'tsx', 'grafana/preview/server/main.ts'],
      cwd: root,
      env: {
        PORT: String(ports.preview),
        PREVIEW_PASSWORD_FILE: secret('grafana_admin_password'),
        PROMETHEUS_URL: url(ports.prometheus),
        SCRAPE_SECONDS: String(intervals.scrape),
        BOARDS_DIR: join(root, 'grafana/dashboards'),
        RUNBOOKS_DIR: join(root, 'docs/runbooks'),
        PAGE_DIR: previewPageIn(folder),
      },
      ready: http(url(ports.preview, '/healthz')),
      limit: 30,
    },
    {
      name: 'onyx',
      needs: ['postgres', 'redis', 'qdrant', 'litellm', 'collector'],
      ...(programs.onyxPython ? onyxInPython(programs.onyxPython, stores) : node('onyx', stores)),
      ready: http(url(ports.onyx, '/health')),
      limit: 60,
    },
    {
      name: 'suna',
      needs: ['onyx', 'collector'],
      ...node('suna', { ONYX_URL: url(ports.onyx) }),
      ready: http(url(ports.suna, '/health')),
      limit: 30,
    },
    ...(canary ? [asking] : []),
  ];
}

function postgres(server: string, folder: string, port: number): Pick<ProcessSpec, 'command' | 'args' | 'stopSignal'> {
  const options = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // The data lives no longer than the stack.
    fsync: 'off',
  };
  const [command, args] = unprivileged(server, [
    ...['-D', folder],
    ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  // SIGTERM would wait for clients to leave.
  return { command, args, stopSignal: 'SIGINT' };
}
