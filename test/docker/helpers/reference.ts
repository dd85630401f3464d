// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Arrival } from '../../../services/load/arrival.ts';
import type { Totals } from '../../../services/load/ledger.ts';
import { root } from '../../../services/native/environment.ts';
import { canaryQuestion } from '../../../services/native/stack/platform.ts';
import type { Report } from '../../../services/verify/report.ts';
import { Engine } from './engine.ts';
import { Overlaid } from './overlaid.ts';

/** Services of the overlay. */
export const ours = [
  'onyx-metrics-alertmanager',
  'onyx-metrics-collector',
  'onyx-metrics-containers',
  'onyx-metrics-docker',
  'onyx-metrics-grafana',
  'onyx-metrics-prometheus',
] as const;

/** Services of the reference platform. */
export const theirs = ['db', 'litellm', 'onyx', 'qdrant', 'redis', 'suna'] as const;

const files = ['--project-directory', root, '-f', 'services/docker-compose.yml', '-f', 'docker-compose.otel.yml'];

/** The reference platform with the overlay, on an engine of its own. */
export class Reference {
  readonly engine: Engine;
  /** Folder of the secrets. */
  readonly secrets: string;
  readonly seen: Overlaid;
  readonly #profile: readonly string[];

  private constructor(engine: Engine, secrets: string, profile: readonly string[]) {
    this.engine = engine;
    this.secrets = secrets;
    this.seen = new Overlaid(engine, secrets);
    this.#profile = profile;
  }

  /** @param onyx what its Onyx is written in */
  static async start(onyx: 'node' | 'python' = 'node'): Promise<Reference> {
    const secrets = await mkdtemp(path.join(tmpdir(), 'onyx-overlay-'));
    await execa('sh', ['services/secrets.sh'], { cwd: root, env: { ONYX_SECRETS_DIR: secrets } });
    const inPython = onyx === 'python';
    const reference = new Reference(await Engine.start(), secrets, inPython ? ['--profile', 'python'] : []);
    await reference.compose('build', 'onyx-metrics-collector');
    await reference.compose('up', '--detach', '--no-build', ...(inPython ? ['--scale', 'onyx=0'] : []));
    return reference;
  }

  /** `docker compose …` of the project. */
  compose(...args: string[]): Promise<string> {
    const env = { ONYX_SECRETS_DIR: this.secrets };
    return this.engine.docker(['compose', ...files, ...this.#profile, ...args], { cwd: root, env });
  }

  /** Adds a canary that asks for a document of the platform. */
  async addCanary(): Promise<void> {
    const env = { ONYX_SECRETS_DIR: this.secrets, ...canaryQuestion };
    const added = [...files, '-f', 'docker-compose.otel.canary.yml', 'up', '--detach', '--no-build', '--no-deps'];
    await this.engine.docker(['compose', ...added, 'onyx-metrics-collector', 'onyx-metrics-canary'], {
      cwd: root,
      env,
    });
  }

  /** `docker inspect` of the container of a service. */
  inspect(service: string, format: string): Promise<string> {
    return this.engine.docker(['inspect', '--format', format, `onyx-${service}-1`]);
  }

  /** Address of a service on the platform's network. */
  address(service: string): Promise<string> {
    return this.inspect(service, '{{with index .NetworkSettings.Networks "manus-network"}}{{.IPAddress}}{{end}}');
  }

  /** Drives the load of 20 users and 100 messages from the machine, until Prometheus has it. */
  async load(): Promise<{ readonly arrived: readonly Arrival[]; readonly totals: Totals }> {
    const worker = path.join(import.meta.dirname, 'load-worker.ts');
    const password = path.join(this.secrets, 'prometheus_password');
    const { stdout } = await this.engine.exec(process.execPath, ['--import', 'tsx', worker, password], { cwd: root });
    return JSON.parse(String(stdout));
  }

  /** Chats as the database holds them. */
  async rows(): Promise<{ readonly chats: number; readonly failedChats: number }> {
    const statement = 'SELECT count(*), count(*) FILTER (WHERE NOT success) FROM chat_messages';
    const said = await this.engine.docker(['exec', 'onyx-db-1', 'psql', '-U', 'postgres', '-At', '-c', statement]);
    const [chats = Number.NaN, failedChats = Number.NaN] = said.split('|').map(Number);
    return { chats, failedChats };
  }

  /** What the verifier finds, from the machine. */
  async verify(): Promise<Report> {
    const place = async (service: string, port: string, user: string, passwordFile: string) => ({
      url: `http://${await this.address(`onyx-metrics-${service}`)}${port}`,
      user,
      passwordFile: path.join(this.secrets, passwordFile),
    });
    const settings = path.join(this.secrets, 'verify.json');
    await writeFile(
      settings,
      JSON.stringify({
        mode: 'docker',
        prometheus: await place('prometheus', ':9090', 'admin', 'prometheus_password'),
        alertmanager: await place('alertmanager', ':9093', 'admin', 'prometheus_password'),
        grafana: await place('grafana', ':3000', 'admin', 'grafana_admin_password'),
        collector: await place('collector', '', 'prometheus', 'metrics_password'),
      }),
    );
    const { stdout } = await this.engine.exec(
      process.execPath,
      ['--import', 'tsx', 'services/verify/cli.ts', '--settings', settings, '--deadline', '120', '--json'],
      { cwd: root, reject: false },
    );
    return JSON.parse(String(stdout)) as Report;
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await rm(this.secrets, { recursive: true, force: true });
  }
}
