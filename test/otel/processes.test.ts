// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../collector/collector.ts';
import { fixture, root } from './preloaded.ts';

const { resolve } = createRequire(import.meta.url);
const preload = resolve('otel/register');
const execute = promisify(execFile);

let collector: Collector;
let folder: string;
const servers: Server[] = [];
beforeAll(async () => {
  collector = await startCollector();
  folder = mkdtempSync(join(root, '.cache', 'processes-'));
});
afterAll(async () => {
  await collector?.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** The environment of a container whose NODE_OPTIONS preload every process. */
function container(endpoint: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    NODE_OPTIONS: `--require ${preload}`,
    OTEL_SERVICE_NAME: 'suna',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
  };
}

/** The environment of a container that exports ten times a second, and how often somebody has connected to do so. */
async function counted(): Promise<{ env: NodeJS.ProcessEnv; connections: () => number }> {
  let connections = 0;
  const server = createServer((_request, response) => response.end()).on('connection', () => connections++);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  const env = { ...container(`http://127.0.0.1:${port}`), OTEL_METRIC_EXPORT_INTERVAL: '100' };
  return { env, connections: () => connections };
}

/** The chats recorded under a model, by instance. */
async function chats(model: string): Promise<Map<string, number>> {
  const { body } = await collector.scrape('suna');
  const line = new RegExp(`^onyx_chat_duration_seconds_count\\{.*instance="([^"]+)".*model="${model}".* (\\d+)$`, 'gm');
  return new Map([...body.matchAll(line)].map(([, instance = '', count]) => [instance, Number(count)]));
}

describe('of several processes with the preload', () => {
  it.each([
    ['a cluster', [fixture('cluster.cjs')], { primary: 1, worker: 2 }],
    ['a program and its child', [fixture('forks.cjs')], { parent: 1, child: 1 }],
    ['what tsx runs', [join(root, 'node_modules/.bin/tsx'), fixture('chat.ts')], { typescript: 1 }],
  ])('each of %s reports once, under an identity of its own', async (_what, args, expected) => {
    const { stderr } = await execute(process.execPath, args, { cwd: root, env: container(collector.otlp) });
    expect(stderr).toBe('');
    const found = await Promise.all(Object.keys(expected).map(async (model) => [model, await chats(model)] as const));
    const instances = found.flatMap(([, counts]) => [...counts.keys()]);
    expect(Object.fromEntries(found.map(([model, counts]) => [model, counts.size]))).toEqual(expected);
    expect(found.flatMap(([, counts]) => [...counts.values()]).every((count) => count === 1)).toBe(true);
    expect(new Set(instances).size).toBe(instances.length);
  });

  it('each worker of vitest reports what its tests recorded', async () => {
    for (const name of ['one', 'two']) {
      writeFileSync(
        join(folder, `${name}.test.js`),
        `import { chat } from 'otel'; import { test } from 'vitest';
         test('records', () => chat.start({ model: 'vitest', userId: 'a' }).end({ success: true }));`,
      );
    }
    writeFileSync(join(folder, 'vitest.config.js'), 'export default {};');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    await execute(process.execPath, [vitest, 'run', '--root', folder, '--pool', 'forks'], {
      cwd: folder,
      env: container(collector.otlp),
    });
    // Workers that follow one another have the same identity, as a restarted service has.
    const counts = [...(await chats('vitest')).values()];
    expect(counts.length).toBeGreaterThan(0);
    expect(counts.every((count) => count === 1)).toBe(true);
  });
});

describe('a process that is no service', () => {
  // Both live for more than 10 s and do nothing.
  describe.concurrent('as far as a collector can tell', () => {
    it('connects to nobody, however long npm runs and short a health check is', async ({ expect }) => {
      const { env, connections } = await counted();
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { wait: 'sleep 11.5' } }));
      const npm = execute('npm', ['run', 'wait'], { cwd: folder, env });
      for (let check = 0; check < 4; check++) {
        await execute(process.execPath, ['--eval', `fetch('http://127.0.0.1:1').catch(() => {})`], {
          cwd: folder,
          env,
        });
        await delay(100);
      }
      await npm;
      expect(connections()).toBe(0);
    });

    it('becomes one when it has lived 10 s', async ({ expect }) => {
      const { env, connections } = await counted();
      await execute(process.execPath, ['--eval', 'setTimeout(() => {}, 11_500)'], { cwd: folder, env });
      expect(connections()).toBeGreaterThan(0);
    });
  });

  it.each([
    ['a health check', ['--eval']],
    ['npm', ['npm-cli.js', 'run']],
    ['next build', ['next', 'build']],
  ])('pays at most 30 ms of CPU: %s', async (_what, [script = '', ...args]) => {
    const report = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1e3)';
    const program = script === '--eval' ? [script, report] : [join(folder, script), ...args];
    if (script !== '--eval') writeFileSync(join(folder, script), report);
    const spent = async (options: readonly string[]): Promise<number> => {
      const env = { ...process.env, ONYX_TELEMETRY_DOCTOR: '0' };
      const { stdout } = await execute(process.execPath, [...options, ...program], { cwd: root, env });
      return Number(stdout);
    };
    const added: number[] = [];
    for (let round = 0; round < 5; round++) added.push(-(await spent([])) + (await spent(['--require', preload])));
    expect(added.sort((one, other) => one - other)[2]).toBeLessThan(30);
  });
});
