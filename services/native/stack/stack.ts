// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setMaxListeners } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Endpoint, endpoints } from '../../../collector-config/endpoints.ts';
import { readSettings, type Settings } from '../environment.ts';
import { claimPorts } from '../processes/ports.ts';
import { makeRunFolder } from '../processes/run-folder.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';
import { Supervisor } from '../processes/supervisor.ts';
import { binary } from '../programs/binaries.ts';
import { previewPage } from '../programs/preview.ts';
import { onyxPython, platformPython } from '../programs/python.ts';
import { pythonPreload } from '../programs/python-preload.ts';
import { redisServer } from '../programs/redis.ts';
import { layOutAlertmanager } from './alertmanager-config.ts';
import { layOutLiteLlm } from './litellm-config.ts';
import {
  type Intervals,
  type OnyxLanguage,
  type Ports,
  type ProcessName,
  type Programs,
  platform,
  previewPageIn,
} from './platform.ts';
import { connection, postgresPrograms } from './postgres.ts';
import { layOutPrometheus } from './prometheus-folder.ts';
import { metricsUser, type Secrets, writeSecrets } from './secrets.ts';
import { describeForVerification } from './verification.ts';

/** Something that takes a while, for a display of progress. */
export interface Step {
  readonly title: string;
  readonly done: Promise<unknown>;
}

export interface StackOptions {
  /** `free`: all ports are free ones, for a second stack. Default: those people open come from the settings. */
  readonly ports?: 'free';
  /** Seconds. Default: as in production, 15, exports 10. */
  readonly intervals?: Partial<Intervals>;
  /** What Onyx is written in; `node` when not given. */
  readonly onyx?: OnyxLanguage;
  /** Whether the canary asks, as long as ONYX_CANARY is not 0; by default it does not. */
  readonly canary?: boolean;
  /** Flags of Node for its services, to look inside them. */
  readonly nodeFlags?: readonly string[];
  /** Ends a start that is under way; a started stack is ended by `stop`. */
  readonly signal?: AbortSignal;
  /** Called with what runs at the same time: first the programs to build, then the processes. */
  readonly onSteps?: (steps: readonly Step[]) => void;
  /** A process of the started stack ended without being stopped; the line says how and where its log is. */
  readonly onUnexpectedEnd?: (message: string) => void;
}

export interface Stack {
  /** Data, logs, configuration and secrets of this stack. */
  readonly dir: string;
  readonly secretsDir: string;
  readonly urls: {
    readonly suna: string;
    readonly onyx: string;
    readonly qdrant: string;
    readonly litellm: string;
    readonly prometheus: string;
    /** The dashboards, behind a login. */
    readonly preview: string;
    readonly alertmanager: string;
    readonly otlp: string;
    /** What Prometheus scrapes, with basic authentication. */
    readonly endpoints: Readonly<Record<Endpoint, string>>;
  };
  readonly credentials: { readonly metrics: { readonly username: string; readonly password: string } };
  /** The database administrator's connection, as `pg` takes it. */
  readonly postgres: ReturnType<typeof connection>;
  readonly redisPort: number;
  /** The canary is there where it asks. */
  readonly processes: Readonly<Record<Exclude<ProcessName, 'canary'>, SupervisedProcess>> & {
    readonly canary?: SupervisedProcess;
  };
  /**
   * Builds the page of the dashboards if the cache lacks it and puts it in place; until then the preview says that it is being
   * built. Rejects with the reason why it cannot be built; `stop` ends it.
   */
  showDashboards(): Promise<void>;
  /** Resolves when no process of the stack is left. May be called again. */
  stop(): Promise<void>;
}

const production: Intervals = { scrape: 15, export: 10, collection: 15, evaluation: 15, canary: 60 };

/**
 * Starts the whole platform and the pipeline and resolves when everything is ready. Rejects with the first failure, after
 * everything that had started is stopped again.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { onSteps = () => {}, onUnexpectedEnd = () => {} } = options;
  const settings = readSettings();
  const intervals = { ...production, ...options.intervals };
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  // Every process and build listens to it: that many are no leak.
  setMaxListeners(0, signal);
  const steps = async (work: ReadonlyMap<string, Promise<unknown>>) => {
    onSteps([...work].map(([title, done]) => ({ title, done })));
    await all(work.values(), (error) => failed.abort(error));
  };

  const programs = preparePrograms(settings, options.onyx ?? 'node', signal);
  await steps(programs.steps);

  const dir = await makeRunFolder(settings.cacheDir);
  const block = await claimPorts();
  try {
    const ports = assignPorts(block.ports, options.ports === 'free' ? undefined : settings);
    const secrets = await writeSecrets(join(dir, 'secrets'), settings);
    await layOut(dir, ports, secrets, intervals);
    await layOutAlertmanager(dir, settings.notifyDir);
    await layOutLiteLlm(dir);
    const specs = platform({
      folder: dir,
      ports,
      secrets,
      intervals,
      budgetMonthlyUsd: settings.budgetMonthlyUsd,
      canary: options.canary === true && settings.canary,
      nodeFlags: options.nodeFlags,
      programs: await programs.result(),
    });
    const supervisor = new Supervisor(specs, dir, onUnexpectedEnd);
    const stopping = new AbortController();
    const stop = async () => {
      stopping.abort();
      await supervisor.stop();
      block.release();
    };
    try {
      await steps(supervisor.start(signal));
    } catch (error) {
      await stop();
      throw error;
    }
    const described = {
      dir,
      urls: urls(ports),
      credentials: { metrics: { username: metricsUser, password: secrets.metricsPassword } },
    };
    await describeForVerification(described, intervals.scrape);
    return {
      ...described,
      secretsDir: secrets.dir,
      postgres: connection(ports.postgres, secrets),
      redisPort: ports.redis,
      processes: Object.fromEntries(supervisor.processes) as Stack['processes'],
      showDashboards: async () => symlink(await previewPage(settings, stopping.signal), previewPageIn(dir)),
      stop,
    };
  } catch (error) {
    block.release();
    throw error;
  }
}

interface Preparation {
  readonly steps: ReadonlyMap<string, Promise<unknown>>;
  /** Call it once the steps have succeeded. */
  readonly result: () => Promise<Programs>;
}

/** Builds or installs what the cache lacks. */
function preparePrograms(settings: Settings, onyx: OnyxLanguage, signal: AbortSignal): Preparation {
  const otelcol = binary('otelcol', settings, signal);
  const prometheus = binary('prometheus', settings, signal);
  const alertmanager = binary('alertmanager', settings, signal);
  const python = platformPython(settings, signal);
  const redis = redisServer(settings, signal);
  const postgres = postgresPrograms();
  const inPython =
    onyx === 'python' ? Promise.all([onyxPython(settings, signal), pythonPreload(settings, signal)]) : undefined;
  return {
    steps: new Map<string, Promise<unknown>>([
      ['OpenTelemetry Collector', otelcol],
      ['Prometheus', prometheus],
      ['Alertmanager', alertmanager],
      ['LiteLLM and the Qdrant stand-in', python],
      ['Redis', redis],
      ['Postgres', postgres],
      ...(inPython ? ([['Onyx in Python', inPython]] as const) : []),
    ]),
    result: async () => {
      const [environment, preload] = (await inPython) ?? [];
      return {
        otelcol: await otelcol,
        prometheus: await prometheus,
        alertmanager: await alertmanager,
        python: (await python).python,
        redisServer: await redis,
        postgres: await postgres,
        onyxPython: environment && preload ? { python: environment.python, preload } : undefined,
      };
    },
  };
}

/** The ports people open from the settings if there are any, all others from the block. */
function assignPorts(block: readonly number[], settings: Settings | undefined): Ports {
  const free = block.values();
  const next = () => {
    const { value } = free.next();
    if (value === undefined) throw new Error('the block of ports is too small for the stack');
    return value;
  };
  return {
    suna: settings?.sunaPort ?? next(),
    prometheus: settings?.prometheusPort ?? next(),
    preview: settings?.grafanaPort ?? next(),
    otlp: settings?.otlpPort ?? next(),
    ...{ onyx: next(), qdrant: next(), litellm: next(), redis: next(), postgres: next(), alertmanager: next() },
    ...{ otlpGrpc: next(), collectorHealth: next(), collectorSelf: next() },
    endpoints: Object.fromEntries(endpoints.map((name) => [name, next()])) as Ports['endpoints'],
  };
}

async function layOut(dir: string, ports: Ports, secrets: Secrets, intervals: Intervals): Promise<void> {
  for (const folder of ['logs', 'data/redis', 'data/qdrant']) await mkdir(join(dir, folder), { recursive: true });
  await writeFile(
    join(dir, 'redis.conf'),
    [
      ...['bind 127.0.0.1', `port ${ports.redis}`, `requirepass ${secrets.redisPassword}`],
      ...[`dir ${join(dir, 'data/redis')}`, 'save ""', ''],
    ].join('\n'),
    { mode: 0o600 },
  );
  const own = { alertmanager: ports.alertmanager, prometheus: ports.prometheus };
  const addresses = Object.entries({ ...ports.endpoints, ...own }).map(([name, port]) => [name, `127.0.0.1:${port}`]);
  await layOutPrometheus({
    folder: join(dir, 'prometheus'),
    secrets: secrets.dir,
    addresses: Object.fromEntries(addresses),
    intervals,
  });
}

function urls(ports: Ports): Stack['urls'] {
  const url = (port: number) => `http://127.0.0.1:${port}`;
  return {
    suna: url(ports.suna),
    onyx: url(ports.onyx),
    qdrant: url(ports.qdrant),
    litellm: url(ports.litellm),
    prometheus: url(ports.prometheus),
    preview: url(ports.preview),
    alertmanager: url(ports.alertmanager),
    otlp: url(ports.otlp),
    endpoints: Object.fromEntries(
      endpoints.map((name) => [name, `${url(ports.endpoints[name])}/metrics`]),
    ) as Stack['urls']['endpoints'],
  };
}

/** Waits for all, not only up to the first failure: what still runs must have ended before anybody cleans up after it. */
async function all(work: Iterable<Promise<unknown>>, onFailure: (error: unknown) => void): Promise<void> {
  let first: { error: unknown } | undefined;
  await Promise.all(
    [...work].map((promise) =>
      promise.catch((error: unknown) => {
        first ??= { error };
        onFailure(error);
      }),
    ),
  );
  if (first !== undefined) throw first.error;
}
