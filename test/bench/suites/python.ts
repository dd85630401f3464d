// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { frameworksPython, preload } from '../../otel/python/python.ts';
import { type Alternating, rotate, type Sample } from '../harness.ts';
import type { Load, Wanted } from '../load.ts';
import { answer, canPin, loadCore, pinned, serverCore } from '../pinned.ts';
import { use } from '../process-use.ts';
import { quantile } from '../statistics.ts';

const folder = path.resolve(import.meta.dirname, '../peers');

/** What is compared with the bare application: how each gets into the process. */
const environments: Readonly<Record<string, (python: string) => Promise<Record<string, string>>>> = {
  bare: async () => ({}),
  onyx_metrics: async () => ({ PYTHONPATH: await preload() }),
  // What the command does: its own sitecustomize comes first.
  'opentelemetry-instrument': async (python) => {
    const where = 'import opentelemetry.instrumentation.auto_instrumentation as own; print(own.__path__[0])';
    return { PYTHONPATH: (await execa(python, ['-c', where])).stdout };
  },
  'prometheus-fastapi-instrumentator': async () => ({ BENCH_PEER: 'prometheus' }),
};

const start = 'start of a service';
const trivial = 'trivial FastAPI handler';
const working = '2 ms FastAPI handler';

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly wallMilliseconds: number;
}

export const python: Alternating = {
  name: 'python',
  question: 'What does each preload add to the CPU, start and memory of a FastAPI service?',
  subjects: ['bare', ...Object.keys(environments).slice(1)],
  workloads: [trivial, working, start],
  packages: ['autocannon'],
  async measureInTurns(subjects, workload, quick) {
    const interpreter = await frameworksPython();
    // Takes every export, so that no subject spends its time on retries.
    const collector = createHttpServer((request, response) => request.resume().on('end', () => response.end('{}')));
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    const env = {
      PATH: process.env.PATH ?? '',
      BENCH_WORK: workload === working ? await workOfTwoMilliseconds(interpreter) : '0',
      OTEL_SERVICE_NAME: 'bench',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    };
    const servers: Record<string, Server> = {};
    const began = async (subject: string) => {
      const own = (await environments[subject]?.(interpreter)) ?? {};
      servers[subject] = await serve(interpreter, { ...env, ...own });
      return servers[subject];
    };
    try {
      if (workload === start) {
        const samples: Record<string, Sample> = {};
        for (const subject of subjects) {
          const { child, wallMilliseconds } = await began(subject);
          const cpuMilliseconds = (await cpuMicroseconds(child)) / 1000;
          samples[subject] = {
            wallMilliseconds,
            cpuMilliseconds,
            rssMegabytes: (await use(child.pid as number)).megabytes,
          };
          await end(child);
        }
        return samples;
      }
      for (const subject of subjects) await began(subject);
      return await loadInTurns(servers, quick ? { seconds: 1, turns: 2 } : { seconds: 3, turns: 6 });
    } finally {
      for (const { child } of Object.values(servers)) await end(child);
      collector.closeAllConnections();
      collector.close();
    }
  },
};

let work: Promise<string> | undefined;

/** How often to repeat the work for 2 ms of CPU, about; decided once, so that every subject does the same. */
function workOfTwoMilliseconds(interpreter: string): Promise<string> {
  work ??= execa(interpreter, ['fastapi_service.py'], { cwd: folder }).then(({ stdout }) => stdout);
  return work;
}

/** Starts a server on a core of its own and has it answer once. */
async function serve(interpreter: string, env: Record<string, string>): Promise<Server> {
  const port = await freePort();
  const uvicorn = [interpreter, '-m', 'uvicorn', 'fastapi_service:app', '--port', String(port), '--no-access-log'];
  const [command = '', ...rest] = canPin ? ['taskset', '-c', String(serverCore), ...uvicorn] : uvicorn;
  const began = performance.now();
  const child = spawn(command, rest, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for await (const data of child.stderr) {
    said += data;
    if (said.includes('running on')) break;
  }
  const url = `http://127.0.0.1:${port}/items/7`;
  const { status } = await fetch(url).catch(() => Promise.reject(new Error(said)));
  if (status !== 200) throw new Error(`${url} answered ${status}:\n${said}`);
  return { child, url, wallMilliseconds: performance.now() - began };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Of all threads so far, as the scheduler has counted it. */
async function cpuMicroseconds({ pid }: ChildProcess): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const spent = threads.map(async (thread) =>
    Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' ')[0]),
  );
  return (await Promise.all(spent)).reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1000;
}

/** Loads one server after the other with as many requests as the first takes, in many short turns. */
async function loadInTurns(
  servers: Readonly<Record<string, Server>>,
  { seconds, turns }: { readonly seconds: number; readonly turns: number },
): Promise<Record<string, Sample>> {
  const generator = pinned(loadCore, ['--import', 'tsx', path.join(folder, '../load.ts')]);
  const load = async (url: string, wanted: { duration: number } | { amount: number }) => {
    const message = { url, connections: 10, ...wanted } satisfies Wanted;
    const [answered] = await Promise.all([answer<Load>(generator), generator.sendMessage(message)]);
    return answered;
  };
  try {
    const started = Object.entries(servers);
    let amount = 0;
    for (const [, { url }] of started) {
      const { requests } = await load(url, { duration: 1 });
      amount ||= Math.max(10, Math.round(requests * (seconds / turns)));
    }
    const measured = new Map(started.map(([name]) => [name, { cpu: 0, loads: [] as Load[] }]));
    for (let turn = 0; turn < turns; turn += 1) {
      for (const [name, { child, url }] of rotate(started, turn)) {
        const own = measured.get(name);
        const before = await cpuMicroseconds(child);
        own?.loads.push(await load(url, { amount }));
        if (own !== undefined) own.cpu += (await cpuMicroseconds(child)) - before;
      }
    }
    const samples = [...measured].map(async ([name, { cpu, loads }]) => {
      const requests = loads.reduce((sum, each) => sum + each.requests, 0);
      const sample: Sample = {
        cpuMicrosecondsPerRequest: cpu / requests,
        requestsPerSecond: requests / loads.reduce((sum, each) => sum + each.seconds, 0),
        p50Milliseconds: quantile(
          loads.map(({ p50Milliseconds }) => p50Milliseconds),
          0.5,
        ),
        rssMegabytes: (await use(servers[name]?.child.pid as number)).megabytes,
      };
      return [name, sample] as const;
    });
    return Object.fromEntries(await Promise.all(samples));
  } finally {
    generator.kill();
    await generator.catch(() => undefined);
  }
}
