// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storageEngines } from '../../collector-config/go-builds.ts';
import { prometheusFlags } from '../../collector-config/prometheus/flags.ts';
import { readSettings, root } from '../../services/native/environment.ts';
import { claimPorts } from '../../services/native/processes/ports.ts';
import { http } from '../../services/native/processes/readiness.ts';
import type { ProcessSpec, SupervisedProcess } from '../../services/native/processes/supervised-process.ts';
import { Supervisor } from '../../services/native/processes/supervisor.ts';
import { binary, built } from '../../services/native/programs/binaries.ts';
import type { Stack } from '../../services/native/stack/stack.ts';
import { layOutBalancer, layOutNginx } from '../collector/helpers/balancer.ts';
import { configs, listening } from '../collector/helpers/collector.ts';
import { required } from '../requirement.ts';
import { at, type Engine, type Surroundings } from './engines/engine.ts';

/** Gateways that push into an engine. */
export interface Pushed {
  readonly engine: Engine;
  /** Base address of a Prometheus that is pushed the same requests and evaluates the same rules. */
  readonly reference: string;
  /** Gateways are called `gateway-1` and `gateway-2`. */
  process(name: string): SupervisedProcess;
  stop(): Promise<void>;
}

/**
 * Puts two gateways behind the committed nginx.conf where the collector of a stack was, so that its services send to them without a change.
 * What gateways push goes through a second nginx to any receiver of the engine, and a copy of each request to a single Prometheus. Where
 * the stack's Prometheus was, a third nginx passes on what the engine answers, so that boards and `verify` ask it without a change.
 */
export async function startPushed(
  stack: Stack,
  start: (surroundings: Surroundings) => Promise<Engine>,
  signal: AbortSignal,
): Promise<Pushed> {
  const nginx = required(['nginx'], 'install it (Debian and Ubuntu: apt-get install nginx-light)');
  if (nginx === undefined)
    throw new Error('nginx is missing: install it (Debian and Ubuntu: apt-get install nginx-light)');
  await Promise.all([stack.processes.collector.stop(), stack.processes.prometheus.stop()]);
  const folder = join(stack.dir, 'pushed');
  const inFolder = (name: string) => join(folder, name);
  for (const name of ['logs', 'engine', 'balancer', 'writes', 'answers'])
    await mkdir(inFolder(name), { recursive: true });
  const blocks = await Promise.all([claimPorts(), claimPorts(), claimPorts()]);
  const [first = [], second = [], others = []] = blocks.map(({ ports }) => [...ports]);
  const port = () => others.shift() as number;

  const [writes, reference] = [port(), port()];
  const { alertmanager } = stack.urls;
  const engine = await start({
    program: (which) => built(storageEngines[which], readSettings()),
    folder: inFolder('engine'),
    ...{ port, rules: join(root, 'collector-config/prometheus/rules'), alertmanager },
  });
  // Gateways name it in a label: an address of numbers would look personal to `verify`.
  const push = `http://localhost:${writes}${engine.path}`;
  const gateways = await Promise.all([first, second].map((ports, index) => gateway(stack, { ports, index, push })));
  const server = (name: string, address: string, args: readonly string[], needs: readonly string[]): ProcessSpec => ({
    ...{ name, command: nginx, args, needs, limit: 10 },
    // Any answer will do.
    ready: async (asked) => void (await fetch(`http://${address}`, { signal: asked })),
  });
  const ofEngine = engine.processes.map(({ name }) => name);
  const [entrance, answers] = [stack.urls.otlp, stack.urls.prometheus].map((url) => new URL(url)) as [URL, URL];
  const addresses = gateways.map(({ address }) => address);
  const balancer = await layOutBalancer({ folder: inFolder('balancer'), port: Number(entrance.port) }, addresses);
  const specs: ProcessSpec[] = [
    await referenceOf(stack.secretsDir, folder, reference),
    ...engine.processes,
    server('writes', at(writes), await layOutNginx(inFolder('writes'), writesTo(engine, writes, reference)), ofEngine),
    server('answers', answers.host, await layOutNginx(inFolder('answers'), answersOf(engine, answers.host)), ofEngine),
    ...gateways.map(({ spec }) => spec),
    server('balancer', entrance.host, balancer, ['gateway-1', 'gateway-2']),
  ];
  const supervisor = new Supervisor(specs, folder, (message) => process.stderr.write(`${message}\n`));
  const stop = async () => {
    await supervisor.stop();
    for (const block of blocks) block.release();
  };
  try {
    await Promise.all(supervisor.start(signal).values());
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    engine,
    reference: `http://${at(reference)}`,
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

function answersOf({ url }: Engine, address: string): string {
  return `worker_processes 1;
events {}
http {
  server {
    listen ${address};
    access_log off;
    location / {
      proxy_pass ${url};
      proxy_http_version 1.1;
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

async function gateway(stack: Stack, { ports, index, push }: Gateway) {
  const { otlp, health, env } = listening(ports, stack.secretsDir);
  const hosts = {
    ...stack.urls,
    redis: `http://${at(stack.redisPort)}`,
    postgres: `http://${at(stack.postgres.port)}`,
  };
  const services = ['suna', 'onyx', 'qdrant', 'litellm', 'redis', 'postgres'] as const;
  const more = index === 0 ? 'business.yaml' : 'collector.gateway.yaml';
  const spec: ProcessSpec = {
    ...{ name: `gateway-${index + 1}`, command: await binary('otelcol'), needs: ['writes'], limit: 60 },
    args: configs(['collector.yaml', 'collector.push.yaml', more]),
    env: {
      ...env,
      ...Object.fromEntries(services.map((name) => [`ONYX_${name.toUpperCase()}_TARGET`, new URL(hosts[name]).host])),
      ...{ ONYX_PUSH_URL: push, ONYX_GATEWAY: String(index + 1) },
    },
    ready: http(`http://${health}`),
  };
  return { spec, address: otlp };
}

/** As in the guide, but without receivers of alerts. */
async function referenceOf(secretsDir: string, parent: string, port: number): Promise<ProcessSpec> {
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
