// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertmanagerFlags } from '../../collector-config/alertmanager/flags.ts';
import { prometheusFlags } from '../../collector-config/prometheus/flags.ts';
import { root } from '../../services/native/environment.ts';
import { claimPorts } from '../../services/native/processes/ports.ts';
import { http } from '../../services/native/processes/readiness.ts';
import type { ProcessSpec, SupervisedProcess } from '../../services/native/processes/supervised-process.ts';
import { Supervisor } from '../../services/native/processes/supervisor.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { layOutBalancer, layOutNginx } from '../collector/helpers/balancer.ts';
import { configs, listening } from '../collector/helpers/collector.ts';
import { required } from '../requirement.ts';
import { at, type Engine, type Surroundings } from './engines/engine.ts';

/** Gateways that push into an engine. */
export interface Pushed {
  readonly engine: Engine;
  /** Where OTLP is posted: to either gateway. */
  readonly otlp: string;
  /** Base address of a Prometheus that is pushed the same requests and evaluates the same rules. */
  readonly reference: string;
  readonly alertmanager: string;
  /** Gateways are called `gateway-1` and `gateway-2`. */
  process(name: string): SupervisedProcess;
  stop(): Promise<void>;
}

/** What gateways read. */
interface Read {
  readonly secretsDir: string;
  /** Where services are, for the first gateway. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Starts two gateways behind the committed nginx.conf. What they push goes through a second nginx to any receiver of the engine, and a
 * copy of each request to a single Prometheus.
 */
export async function startPushed(
  read: Read,
  start: (surroundings: Surroundings) => Promise<Engine>,
  signal: AbortSignal,
): Promise<Pushed> {
  const nginx = required(['nginx'], 'install it (Debian and Ubuntu: apt-get install nginx-light)');
  if (nginx === undefined)
    throw new Error('nginx is missing: install it (Debian and Ubuntu: apt-get install nginx-light)');
  const folder = await mkdtemp(join(tmpdir(), 'onyx-pushed-'));
  const inFolder = (name: string) => join(folder, name);
  for (const name of ['logs', 'engine', 'balancer', 'writes']) await mkdir(inFolder(name));
  const blocks = await Promise.all([claimPorts(), claimPorts(), claimPorts()]);
  const [first = [], second = [], others = []] = blocks.map(({ ports }) => [...ports]);
  const port = () => others.shift() as number;

  const [entrance, writes, reference, alertmanager] = [port(), port(), port(), port()];
  const engine = await start({
    folder: inFolder('engine'),
    ...{ port, rules: join(root, 'collector-config/prometheus/rules'), alertmanager: `http://${at(alertmanager)}` },
  });
  const push = `http://${at(writes)}${engine.path}`;
  const gateways = await Promise.all([first, second].map((ports, index) => gateway(read, { ports, index, push })));
  const server = (name: string, address: string, args: readonly string[], needs: readonly string[]): ProcessSpec => ({
    ...{ name, command: nginx, args, needs, limit: 10 },
    // Any answer will do.
    ready: async (asked) => void (await fetch(`http://${address}`, { signal: asked })),
  });
  const addresses = gateways.map(({ address }) => address);
  const balancer = await layOutBalancer({ folder: inFolder('balancer'), port: entrance }, addresses);
  const specs: ProcessSpec[] = [
    await alertmanagerOf(folder, alertmanager),
    await referenceOf(read, folder, reference),
    ...engine.processes,
    server(
      'writes',
      at(writes),
      await layOutNginx(inFolder('writes'), writesTo(engine, writes, reference)),
      engine.processes.map(({ name }) => name),
    ),
    ...gateways.map(({ spec }) => spec),
    server('balancer', at(entrance), balancer, ['gateway-1', 'gateway-2']),
  ];
  let ended = '';
  const supervisor = new Supervisor(specs, folder, (message) => {
    ended ||= message;
    process.stderr.write(`${message}\n`);
  });
  const stop = async () => {
    await supervisor.stop();
    for (const block of blocks) block.release();
    if (ended === '') await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(supervisor.start(signal).values());
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    engine,
    otlp: `http://${at(entrance)}/v1/metrics`,
    ...{ reference: `http://${at(reference)}`, alertmanager: `http://${at(alertmanager)}` },
    process: (name) => supervisor.processes.get(name) as SupervisedProcess,
    stop,
  };
}

/** Remote write to any of the engine's receivers, the next one when one is gone, and a copy of it to the reference. */
function writesTo({ receivers, path }: Engine, port: number, reference: number): string {
  return `worker_processes auto;
events {}
http {
  upstream receivers {
    ${receivers.map((address) => `server ${address} max_fails=1 fail_timeout=5s;`).join('\n    ')}
    keepalive 8;
  }
  server {
    listen ${at(port)};
    access_log off;
    client_max_body_size 16m;
    location = /copy {
      internal;
      proxy_pass http://${at(reference)}/api/v1/write;
    }
    location ${path} {
      mirror /copy;
      proxy_pass http://receivers;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream error timeout http_500 http_502 http_503 non_idempotent;
      proxy_connect_timeout 2s;
      proxy_read_timeout 10s;
    }
  }
}
`;
}

interface Gateway {
  readonly ports: readonly number[];
  /** The first one scrapes. */
  readonly index: number;
  readonly push: string;
}

async function gateway({ secretsDir, variables }: Read, { ports, index, push }: Gateway) {
  const { otlp, health, env } = listening(ports, secretsDir);
  const spec: ProcessSpec = {
    ...{ name: `gateway-${index + 1}`, command: await binary('otelcol'), needs: ['writes'], limit: 60 },
    args: configs(['collector.yaml', 'collector.push.yaml', ...(index > 0 ? ['collector.gateway.yaml'] : [])]),
    env: { ...env, ...variables, ONYX_PUSH_URL: push, ONYX_GATEWAY: String(index + 1) },
    ready: http(`http://${health}`),
  };
  return { spec, address: otlp };
}

async function alertmanagerOf(folder: string, port: number): Promise<ProcessSpec> {
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, JSON.stringify({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] }));
  return {
    ...{ name: 'alertmanager', command: await binary('alertmanager'), needs: [], limit: 30 },
    args: [
      ...[`--config.file=${file}`, `--storage.path=${join(folder, 'alertmanager')}`],
      ...[`--web.listen-address=${at(port)}`, ...alertmanagerFlags],
    ],
    ready: http(`http://${at(port)}/-/ready`),
  };
}

/** As the guide has it, but that it tells nobody. */
async function referenceOf({ secretsDir }: Read, parent: string, port: number): Promise<ProcessSpec> {
  const folder = join(parent, 'reference');
  await cp(join(root, 'collector-config/prometheus'), folder, { recursive: true });
  await symlink(secretsDir, join(folder, 'secrets'));
  await writeFile(join(folder, 'targets/alertmanager.yml'), '[]');
  await writeFile(join(folder, 'targets/prometheus.yml'), JSON.stringify([{ targets: [at(port)] }]));
  return {
    ...{ name: 'reference', command: await binary('prometheus'), needs: [], limit: 30 },
    args: [
      ...[...prometheusFlags, '--web.enable-remote-write-receiver'],
      ...[`--config.file=${join(folder, 'prometheus.push.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`],
      `--web.listen-address=${at(port)}`,
    ],
    ready: http(`http://${at(port)}/-/ready`),
  };
}
