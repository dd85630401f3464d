// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTool } from '../../otel/src/tool.ts';
import { container, preload, root } from './preloaded.ts';

const execute = promisify(execFile);

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

  it.each([
    ['/app/server.js', 'build'],
    ['/app/npm.config/server.js', ''],
    ['/app/node_modules/.bin/next', 'start'],
    ['/app/node_modules/next/dist/bin/next', 'dev'],
    ['/app/services/yarn-orders.js', ''],
  ])('an application when it runs %s %s', (script, command) => {
    expect(isTool(['/usr/bin/node', script, command])).toBe(false);
    expect(isTool(['/usr/bin/node'])).toBe(false);
  });
});

let folder: string;
const servers: Server[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onyx-tool-'));
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** The environment of a container that exports ten times a second, and how often somebody has connected to do so. */
async function counted(): Promise<{ env: NodeJS.ProcessEnv; connections: () => number }> {
  let connections = 0;
  const server = createServer((_request, response) => response.end()).on('connection', () => connections++);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  const env = { ...container(folder, `http://127.0.0.1:${port}`), OTEL_METRIC_EXPORT_INTERVAL: '100' };
  return { env, connections: () => connections };
}

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
