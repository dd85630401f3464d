// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import getPort from 'get-port';
import { describe, expect, test, vi } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { frameworksPython, preload } from './python.ts';
import { attached, run } from './service.ts';

/*
 * The folder as a container has it: mounted read-only, in a file system that may be read-only as a whole. A mount namespace is as much of
 * a container as that takes.
 */

const [collector, python, built] = await Promise.all([collectorOfFile(), frameworksPython(), preload()]);
const temporary = folderOfFile();
const folder = join(temporary, 'preload');
// As handed over: nothing of it is compiled.
await cp(built, folder, { recursive: true, filter: (path) => basename(path) !== '__pycache__' });

/** Mounts what the environment names, and runs the rest of the words there. */
const mounted = [
  'mount --bind "$PYTHONPATH" "$PYTHONPATH" && mount -o remount,bind,ro "$PYTHONPATH"',
  '{ [ -z "$TMPDIR" ] || mount --bind "$TMPDIR" "$TMPDIR"; }',
  '{ [ -z "$READ_ONLY" ] || mount -o remount,bind,ro /; }',
  'exec "$@"',
].join(' && ');
const rights = process.platform === 'linux' && process.getuid?.() === 0;

/** Every file below a folder, with when it was last written. */
async function written(below: string): Promise<Record<string, number>> {
  const files = await readdir(below, { recursive: true });
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, (await stat(join(below, file))).mtimeMs])),
  );
}

describe.runIf(rights)('a Python service with the folder mounted read-only', { timeout: 60_000 }, () => {
  test.each(
    [
      { what: 'in a container that can be written', READ_ONLY: '', keeps: true },
      { what: 'in a read-only container with a temporary folder', READ_ONLY: '1', keeps: true },
      { what: 'in a read-only container without one', READ_ONLY: '1', keeps: false },
    ].flatMap((each) => ['', '1'].map((dont) => ({ ...each, dont }))),
  )('$what is measured, PYTHONDONTWRITEBYTECODE being $dont', async ({ READ_ONLY, keeps, dont, what }) => {
    const job = `read-only-${what.length}-${dont}`;
    const TMPDIR = keeps ? join(temporary, job) : '';
    if (keeps) await mkdir(TMPDIR);
    const before = await written(folder);
    const start = () =>
      run('unshare', ['--mount', 'sh', '-c', mounted, 'sh', python, 'ends.py', 'fork'], {
        ...attached(folder, job, collector.otlp),
        ...{ READ_ONLY, TMPDIR, PYTHONDONTWRITEBYTECODE: dont },
      }).ended;
    expect(await start()).toEqual({ code: 0, signal: null, output: '5\n' });
    const { body } = await collector.scrape('apps');
    const counted = body
      .split('\n')
      .filter((line) => line.startsWith('ends_steps_total{') && line.includes(`job="${job}"`));
    expect(counted.map((line) => line.split(' ').at(-1))).toEqual(['1', '1']);
    expect(await written(folder)).toEqual(before);
    if (!keeps) return;
    // Compiled once, not at each start.
    const compiled = await written(join(TMPDIR, `onyx-otel-${process.getuid?.()}/pycache`));
    expect(Object.keys(compiled).filter((file) => file.endsWith('.pyc')).length).toBeGreaterThan(50);
    expect(await start()).toMatchObject({ code: 0, output: '5\n' });
    expect(await written(join(TMPDIR, `onyx-otel-${process.getuid?.()}/pycache`))).toEqual(compiled);
  });

  test.each([
    { app: 'FastAPI', command: 'uvicorn fastapi_app:app --port PORT --workers 2', keeps: false },
    // gunicorn itself starts with a temporary folder only.
    { app: 'Django', command: 'gunicorn django_app:application --bind 127.0.0.1:PORT --workers 2', keeps: true },
  ])('and a read-only container: each request of $app arrives once', async ({ app, command, keeps }) => {
    const job = `read-only-${app.toLowerCase()}`;
    const TMPDIR = keeps ? join(temporary, job) : '';
    if (keeps) await mkdir(TMPDIR);
    const port = await getPort();
    const words = ['-m', ...command.replace('PORT', `${port}`).split(' ')];
    const service = run('unshare', ['--mount', 'sh', '-c', mounted, 'sh', python, ...words], {
      ...attached(folder, job, collector.otlp),
      ...{ READ_ONLY: '1', TMPDIR, OTEL_METRIC_EXPORT_INTERVAL: '60000' },
    });
    let asked = 0;
    const ask = async () => {
      await (await fetch(`http://127.0.0.1:${port}/items/1`, { headers: { connection: 'close' } })).text();
      asked += 1;
    };
    try {
      await vi.waitFor(ask, { timeout: 60_000, interval: 100 });
      for (let times = 0; times < 20; times += 1) await ask();
    } finally {
      service.child.kill('SIGTERM');
    }
    expect((await service.ended).output).not.toMatch(/^onyx_metrics: /m);
    const { body } = await collector.scrape('apps');
    const counts = body
      .split('\n')
      .filter((line) => line.startsWith('http_server_request_duration_seconds_count') && line.includes(`job="${job}"`));
    expect(counts.every((line) => line.includes('http_route="/items/{item}"'))).toBe(true);
    expect(counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(asked);
  });
});
