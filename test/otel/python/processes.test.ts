// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { describe, expect, onTestFinished, test } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { frameworksPython, preload, source } from './python.ts';
import { attached, type Ended, run } from './service.ts';

const [collector, python, folder] = await Promise.all([collectorOfFile(), frameworksPython(), preload()]);
const temporary = folderOfFile();

/** The values of a series that a service has sent, one for each of its processes. */
async function values(job: string, series: string): Promise<number[]> {
  const { body } = await collector.scrape('apps');
  const lines = body.split('\n').filter((line) => line.startsWith(series) && line.includes(`job="${job}"`));
  return lines.map((line) => Number(line.split(' ').at(-1)));
}

interface Way {
  readonly way: string;
  readonly signal?: NodeJS.Signals;
  /** Processes that count something. */
  readonly processes?: number;
}

const ways: readonly Way[] = [
  { way: 'return' },
  { way: 'exit' },
  { way: 'raise' },
  { way: '_exit' },
  { way: 'exec' },
  { way: 'exec-with-environment' },
  { way: 'exec-of-spawn' },
  { way: 'wait', signal: 'SIGTERM' },
  { way: 'wait', signal: 'SIGINT' },
  { way: 'wait', signal: 'SIGHUP' },
  { way: 'fork', processes: 2 },
  { way: 'fork-twice', processes: 3 },
  { way: 'terminate' },
  { way: 'spawn-of-_exit' },
  { way: 'fork-method', processes: 2 },
  { way: 'spawn-method', processes: 2 },
  { way: 'forkserver-method', processes: 2 },
];

/** Runs the program to its end. */
async function end({ way, signal }: Way, env: Record<string, string>, binary = python): Promise<Ended> {
  const program = run(binary, ['ends.py', way], env);
  if (signal !== undefined) {
    await program.written(/waits/);
    program.child.kill(signal);
  }
  return program.ended;
}

/** Lines of a traceback differ by the frames of what is preloaded. */
const shown = ({ code, signal, output }: Ended) => ({ code, signal, output: output.replace(/^ +File .*\n.*\n/gm, '') });

describe('the end of a Python process', { timeout: 60_000 }, () => {
  const told = ways.map((each, index) => ({ ...each, job: `ends-${index}`, by: each.signal ?? each.way }));
  test.concurrent.each(told)(
    'by $by is what it is without the preload, and what was counted arrives once',
    async ({ job, processes = 1, ...way }) => {
      const before = await end(way, { PYTHONPATH: source, OTEL_SDK_DISABLED: 'true' });
      const env = { ...attached(folder, job, collector.otlp), OTEL_METRIC_EXPORT_INTERVAL: '60000' };
      const after = await end(way, env);
      expect(shown(after)).toEqual(shown(before));
      expect(await values(job, 'ends_steps_total')).toEqual(Array(processes).fill(1));
    },
  );

  test.each(['gevent', 'eventlet'])(
    'by SIGTERM in the loop of %s, with a request that waits, is what it is without the preload',
    async (library) => {
      const port = await getPort();
      const program = run(python, ['green_app.py', library, `${port}`], {
        ...attached(folder, library, collector.otlp),
        OTEL_METRIC_EXPORT_INTERVAL: '60000',
      });
      await program.written(/serves/);
      const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
      await expect.poll(() => ask('/items/1').catch(() => undefined)).toMatchObject({ status: 200 });
      const waiting = ask('/wait').catch(() => 'ended');
      await program.written(/waits/);
      program.child.kill('SIGTERM');
      expect(await program.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
      expect(await waiting).toBe('ended');
      expect(await values(library, 'http_server_request_duration_seconds_count')).toEqual([1]);
      expect(await values(library, 'http_server_active_requests')).toEqual([1]);
    },
  );

  test('takes at most a second longer when the collector takes the connection and never answers', async () => {
    const port = await getPort();
    const silent = createServer(() => {}).listen(port, '127.0.0.1');
    onTestFinished(() => void silent.close());
    const env = attached(folder, 'away', `http://127.0.0.1:${port}/v1/metrics`);
    const program = run(python, ['ends.py', 'wait'], env);
    await program.written(/waits/);
    const start = performance.now();
    program.child.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('is silent about a collector that is not there', async () => {
    const env = attached(folder, 'absent', `http://127.0.0.1:${await getPort()}/v1/metrics`);
    expect(await end({ way: 'exit' }, env)).toEqual({ code: 3, signal: null, output: '' });
  });
});

describe('a process that is no service', () => {
  test.each([
    { what: 'python -c', args: ['-c', ''] },
    { what: 'python -m pip', args: ['-m', 'pip', '--version'] },
    { what: 'python -m json.tool', args: ['-m', 'json.tool', '--help'] },
    { what: 'a migration of Django', args: [join('PROJECT', 'manage.py'), 'migrate'] },
    { what: 'a migration of Alembic', args: [join('PROJECT', 'alembic'), 'upgrade', 'head'] },
  ])('$what is left alone, and loses less than 20 ms', async ({ args }) => {
    await Promise.all(['manage.py', 'alembic'].map((name) => writeFile(join(temporary, name), '')));
    const command = ['-X', 'importtime', ...args.map((argument) => argument.replace('PROJECT', temporary))];
    const lost: number[] = [];
    for (let times = 0; times < 3; times++) {
      const env = attached(folder, 'tool', collector.otlp);
      const { all } = await execa(python, command, { env, all: true, reject: false });
      expect(all).not.toContain('onyx_metrics');
      lost.push(Number(/\| +(\d+) \| +sitecustomize$/m.exec(all)?.[1]));
    }
    // What else the machine does is none of it.
    expect(Math.min(...lost)).toBeLessThan(20_000);
  });

  test('is one whose metrics are switched off', async () => {
    const env = { ...attached(folder, 'off', collector.otlp), OTEL_SDK_DISABLED: 'true' };
    const program = 'import sys, onyx_metrics; print([name for name in sys.modules if "_vendor" in name])';
    await writeFile(join(temporary, 'off.py'), program);
    expect(await run(python, [join(temporary, 'off.py')], env).ended).toMatchObject({ code: 0, output: '[]\n' });
  });
});

test('a sitecustomize that was there before is run as ever', async () => {
  const other = join(temporary, 'other');
  await cp(join(source, 'tests'), other, { recursive: true });
  await writeFile(join(other, 'sitecustomize.py'), 'print("the other one")\nvalue = 1\n');
  await writeFile(join(other, 'app.py'), 'import sitecustomize\nprint(sitecustomize.value)\n');
  const env = attached(`${folder}:${other}`, 'other', collector.otlp);
  expect(await run(python, [join(other, 'app.py')], env).ended).toMatchObject({ output: 'the other one\n1\n' });
});
