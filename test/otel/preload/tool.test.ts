// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { isTool } from '../../../otel/src/preload/tool.ts';
import { folderOfFile } from '../../folder.ts';
import { installed } from '../helpers/installed.ts';
import { container, preload, root } from '../helpers/preloaded.ts';

const execute = promisify(execFile);

/** Programs that only start others, and how each runs a program. */
const parents: readonly (readonly [packageName: string, version: string, command: string, ...args: string[]])[] = [
  ['cross-env', '10.1.0', 'cross-env', 'A=1', 'node', 'service.cjs'],
  ['dotenv-cli', '11.0.0', 'dotenv', '--', 'node', 'service.cjs'],
  ['env-cmd', '11.0.0', 'env-cmd', '-f', '.env', 'node', 'service.cjs'],
  ['@dotenvx/dotenvx', '2.38.2', 'dotenvx', 'run', '--', 'node', 'service.cjs'],
  ['pm2', '7.0.4', 'pm2-runtime', '--no-autorestart', 'service.cjs'],
  ['concurrently', '9.2.1', 'concurrently', 'node service.cjs'],
  ['nodemon', '3.1.14', 'nodemon', 'service.cjs'],
  ['tsx', '4.23.15', 'tsx', 'watch', 'service.cjs'],
  ['npm-run-all', '4.1.5', 'run-p', 'serve'],
];
const packages = parents.map(([name, version]) => `${name}@${version}`);

describe('a process is', () => {
  it.each([
    ['/usr/bin/npm', 'run'],
    ['/usr/lib/node_modules/npm/bin/npm-cli.js', 'start'],
    ['/usr/lib/node_modules/npm/bin/npx-cli.js', 'tsx'],
    ['/usr/local/bin/pnpm.cjs', 'dev'],
    ['/opt/yarn/bin/yarn.js', 'build'],
    ['/app/node_modules/.bin/next', 'build'],
    ['/app/node_modules/next/dist/bin/next', 'telemetry'],
    ['/app/node_modules/next/dist/compiled/jest-worker/processChild.js', ''],
    ['/app/node_modules/tsx/dist/cli.mjs', 'server.ts'],
  ])('a tool when it runs %s %s', (script, command) => {
    expect(isTool(['/usr/bin/node', script, command])).toBe(true);
  });

  it.each(parents)('a tool when it runs a command of %s', async (name) => {
    const modules = join(await installed(...packages), 'node_modules');
    const { bin } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
    const commands = typeof bin === 'string' ? { [name]: bin } : bin;
    for (const [command, file] of Object.entries<string>(commands)) {
      for (const script of [join('/usr/local/bin', command), join(modules, '.bin', command), join(modules, name, file)])
        expect([script, isTool(['/usr/bin/node', script])]).toEqual([script, true]);
    }
  });

  it.each([
    ['/app/server.js', 'build'],
    ['/app/dotenv.js', ''],
    ['/app/pm2', ''],
    ['/app/node_modules/pm2/lib/ProcessContainerFork.js', ''],
    ['/app/npm.config/server.js', ''],
    ['/app/node_modules/.bin/next', 'start'],
    ['/app/node_modules/next/dist/bin/next', 'dev'],
    ['/app/services/yarn-orders.js', ''],
  ])('an application when it runs %s %s', (script, command) => {
    expect(isTool(['/usr/bin/node', script, command])).toBe(false);
    expect(isTool(['/usr/bin/node'])).toBe(false);
  });
});

const folder = folderOfFile();
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** The environment of a container that exports ten times a second, and how often a connection was made to do so. */
async function counted(): Promise<{ env: NodeJS.ProcessEnv; connections: () => number }> {
  let connections = 0;
  const server = createServer((_request, response) => response.end()).on('connection', () => connections++);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  const env = { ...container(folder, `http://127.0.0.1:${port}`), OTEL_METRIC_EXPORT_INTERVAL: '100' };
  return { env, connections: () => connections };
}

/** A receiver, the environment of processes that export to it ten times a second, and the instances that have. */
async function instances(): Promise<{
  env: NodeJS.ProcessEnv;
  seen: Set<string>;
  received: (count: number) => Promise<void>;
}> {
  const seen = new Set<string>();
  const server = createServer(async (request, response) => {
    // What stands between the name and the value are lengths, in protobuf.
    const [, id] = /service\.instance\.id.{1,8}?(suna-[\w-]+)/s.exec((await buffer(request)).toString('latin1')) ?? [];
    if (id !== undefined) seen.add(id);
    response.end();
    server.emit('export');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  servers.push(server);
  const env = {
    ...container(folder, `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    OTEL_METRIC_EXPORT_INTERVAL: '100',
  };
  const received = async (count: number): Promise<void> => {
    while (seen.size < count) await once(server, 'export');
  };
  return { env, seen, received };
}

/** Starts a program in a process group of its own. Returns what ends the group. */
function start(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): () => void {
  const { pid = 0 } = spawn(process.execPath, args, { cwd, env, stdio: 'ignore', detached: true });
  return () => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
}

describe('a process that is no service', () => {
  // All live for more than 10 s and do little.
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

    it('is no second instance of the service that it started, whatever its name is', async ({
      expect,
      onTestFinished,
    }) => {
      const modules = join(await installed(...packages), 'node_modules');
      const counts = parents.map(async ([name, , command, ...args]) => {
        const { env, seen } = await instances();
        const end = createServer((_request, response) => response.end());
        await once(end.listen(0, '127.0.0.1'), 'listening');
        servers.push(end);
        const app = mkdtempSync(join(folder, 'app-'));
        writeFileSync(join(app, 'package.json'), JSON.stringify({ scripts: { serve: 'node service.cjs' } }));
        writeFileSync(join(app, '.env'), 'A=1\n');
        // It listens, so that it is measured from the start, and says when its parent has lived for more than 10 s.
        writeFileSync(
          join(app, 'service.cjs'),
          `const { createServer, get } = require('node:http');
           createServer().listen(0, '127.0.0.1');
           setTimeout(() => get('http://127.0.0.1:${(end.address() as AddressInfo).port}', () => process.exit()), 11_500);`,
        );
        const link = join(app, 'any-name');
        symlinkSync(realpathSync(join(modules, '.bin', command)), link);
        onTestFinished(start([link, ...args], app, { ...env, PM2_HOME: join(app, 'pm2') }));
        await once(end, 'request');
        return [name, seen.size];
      });
      expect(await Promise.all(counts)).toEqual(parents.map(([name]) => [name, 1]));
    });

    it.for([
      ['is connected to another', `require('node:net').connect(Number(new URL(process.argv[1]).port))`],
      ['computes', 'setInterval(() => { for (const end = performance.now() + 50; performance.now() < end;); }, 100)'],
    ])('is one although it runs another program, when it %s', async ([, work], { onTestFinished }) => {
      const { env, received } = await instances();
      const program = `require('node:child_process').spawn('sleep', ['60']); ${work}`;
      onTestFinished(start(['--eval', program, env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? ''], folder, env));
      await received(1);
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
