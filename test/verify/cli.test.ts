// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { verify as judge, select } from '../../services/verify/plan.ts';
import type { Report, Row } from '../../services/verify/report.ts';
import { json } from '../../services/verify/reporters/json.ts';
import { markdown } from '../../services/verify/reporters/markdown.ts';
import { table } from '../../services/verify/reporters/table.ts';
import { reportSchema } from '../../services/verify/schema.ts';
import { readSettings } from '../../services/verify/settings-file.ts';
import { type Prometheus, startPrometheus } from '../collector/helpers/prometheus.ts';
import { folderOfFile } from '../folder.ts';

const root = path.resolve(import.meta.dirname, '../..');
const schema = path.join(root, 'docs/reference/verify.schema.json');

let prometheus: Prometheus;
const folder = folderOfFile();

beforeAll(async () => {
  [prometheus] = await Promise.all([startPrometheus(), execa('npm', ['run', 'verify:bundle'], { cwd: root })]);
  await writeFile(path.join(folder, 'verify.mjs'), await readFile(path.join(root, 'services/verify/dist/verify.mjs')));
});
afterAll(async () => {
  await prometheus?.stop();
});

const isDate = (text: string) => !Number.isNaN(Date.parse(text));

/** Runs the one file where nothing else is, as a server without the repository does. */
async function verify(...args: string[]) {
  const { stdout, stderr, exitCode } = await execa('node', ['verify.mjs', ...args], { cwd: folder, reject: false });
  return { stdout, stderr, exitCode };
}

test('the bundle judges a Prometheus from an empty folder: one that scrapes no platform keeps no promise', async () => {
  const { stdout, exitCode } = await verify('--prometheus', prometheus.url, '--json');
  const report = JSON.parse(stdout) as Report;
  expect(exitCode).toBe(1);
  const targets = report.rows.filter(({ check }) => check === 'targets');
  expect(targets.map(({ subject, verdict }) => [subject, verdict])).toEqual(
    ['suna', 'onyx', 'qdrant', 'supabase', 'redis', 'litellm'].map((service) => [service, 'fail']),
  );
  expect(targets[0]).toMatchObject({
    failure: {
      expected: 'a target with the label service="suna"',
      change: expect.stringContaining('targets/suna.yml'),
    },
  });
  expect(report.seconds).toBeLessThan(15);
});

test('the published schema is the generated one, and describes what --json writes', async () => {
  expect(await readFile(schema, 'utf8')).toBe(reportSchema());
  const validate = new Ajv2020({ formats: { 'date-time': isDate } }).compile(JSON.parse(reportSchema()));
  const { stdout } = await verify('--prometheus', prometheus.url, '--json', '--only', 'targets,access,storage');
  for (const valid of [JSON.parse(stdout), report]) {
    expect(validate(valid), JSON.stringify(validate.errors)).toBe(true);
  }
  expect(validate({ ...report, rows: [{ ...report.rows[0], verdict: 'fine' }] })).toBe(false);
});

test.each([
  ['nothing is named', [], 'Where is Prometheus?'],
  ['Prometheus is away', ['--prometheus', 'http://127.0.0.1:9'], 'http://127.0.0.1:9/api/v1/targets cannot be reached'],
  ['the address is none', ['--prometheus', 'localhost'], 'Invalid URL'],
  ['a check does not exist', ['--prometheus', 'http://127.0.0.1:9', '--only', 'colour'], 'There is no check colour'],
  [
    'a password file is missing',
    ['--prometheus', 'http://a', '--prometheus-user', 'a', '--prometheus-password-file', 'none'],
    'ENOENT',
  ],
  ['an option does not exist', ['--loud'], "unknown option '--loud'"],
])('exit code 2 and one line when %s', async (_, args, message) => {
  const { stderr, stdout, exitCode } = await verify(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('--only and --skip choose checks, and what cannot be checked fails only when asked to be strict', async () => {
  const only = ['--prometheus', prometheus.url, '--only', 'access,personal-data', '--skip', 'personal-data'];
  const lenient = await verify(...only);
  expect(lenient.stdout).toContain('not checked');
  expect(lenient.stdout.split('\n').at(-1)).toMatch(/^0 passed, 0 failed, 1 not checked, in [\d.]+ s$/);
  expect([lenient.exitCode, (await verify(...only, '--strict')).exitCode]).toEqual([0, 1]);
});

/** Runs the one file on a terminal so many columns wide; all that it writes there. */
async function onTerminal(columns: number, ...args: string[]): Promise<string> {
  const program = `
import fcntl, os, pty, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
try:
    while written := os.read(terminal, 65536):
        sys.stdout.buffer.write(written)
except OSError:
    pass  # How Linux says that nobody is left on the terminal.
os.waitpid(child, 0)`;
  const command = ['-c', program, String(columns), process.execPath, 'verify.mjs', ...args];
  return (await execa('python3', command, { cwd: folder, stripFinalNewline: false })).stdout;
}

test('a terminal shows what is being checked, on one line that fits and is gone at the end; a pipe gets none of it', async () => {
  const args = ['--prometheus', prometheus.url, '--only', 'targets,overhead,storage'];
  const [written, { stderr, stdout }] = await Promise.all([onTerminal(80, ...args), verify(...args)]);
  const [before, ...shown] = written.split('\r\x1b[K');
  const report = shown.pop() ?? '';
  expect([before, ...shown]).toEqual([
    '',
    'Prometheus scrapes metrics from all 6 core services at 15-second intervals …',
    'Collecting metrics costs under 5 % of the CPU of a service, by the committed  …',
    'There is disk left for all that is to be kept …',
  ]);
  expect(report.trimEnd().split('\r\n').at(-1)).toMatch(/^\d+ passed, /);
  const drawn = (text: string) =>
    Math.max(...text.split(/\r?\n/).map((line) => (/^[┌│]/.test(line) ? line.length : 0)));
  expect([drawn(report), drawn(stdout)]).toEqual([80, 132]);
  expect(stderr).toBe('');
});

test('chats that are answered and never counted are told as lost', async () => {
  const suna = createServer((_, response) => void response.end('{}')).listen(0, '127.0.0.1');
  await once(suna, 'listening');
  onTestFinished(() => void suna.close());
  const { rows } = await judge({
    settings: {
      ...readSettings(undefined, {
        prometheus: { url: prometheus.url },
        suna: { url: `http://127.0.0.1:${(suna.address() as AddressInfo).port}` },
      }),
      scrapeSeconds: 0.01,
    },
    selected: select({ only: ['accuracy'], skip: [] }),
    deadline: AbortSignal.timeout(10_000),
  });
  expect(rows).toHaveLength(3);
  for (const row of rows) {
    expect(row).toMatchObject({
      verdict: 'fail',
      failure: { seen: '0 more', cause: 'exports are lost between the service and Prometheus' },
    });
  }
});

test('a Prometheus that has only just started is the first cause of what fails', async () => {
  const settings = readSettings(undefined, { prometheus: { url: prometheus.url } });
  const causes = async (scrapeSeconds: number) => {
    const selected = select({ only: ['targets'], skip: [] });
    const run = { settings: { ...settings, scrapeSeconds }, selected, deadline: AbortSignal.timeout(10_000) };
    return (await judge(run)).rows.flatMap((row) => (row.verdict === 'fail' ? [row.failure.cause] : []));
  };
  expect(await causes(0.01)).toEqual(Array(6).fill(expect.stringMatching(/^its scrape job or its target file/)));
  expect(await causes(3600)).toEqual(
    Array(6).fill(
      expect.stringMatching(/^Prometheus started \d+ s ago: ask again in a minute; if it stays, its scrape/),
    ),
  );
});

test('the deadline ends a run: what is left is not checked', async () => {
  const ended = new AbortController();
  const { rows } = await judge({
    settings: readSettings(undefined, { prometheus: { url: prometheus.url } }),
    selected: select({ only: ['targets', 'alerting', 'storage'], skip: [] }),
    deadline: ended.signal,
    onProgress: ({ id }) => void (id === 'alerting' && ended.abort()),
  });
  expect(rows.filter(({ check }) => check === 'targets')).toHaveLength(6);
  expect(rows.slice(6)).toMatchObject([
    { check: 'alerting', verdict: 'not checked', reason: 'the deadline came first' },
    { check: 'storage', verdict: 'not checked', reason: 'the deadline came first' },
  ]);
});

test('the deadline comes first when Prometheus takes the question and does not answer', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => silent.closeAllConnections());
  onTestFinished(() => void silent.close());
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  expect(await verify('--prometheus', url, '--deadline', '0.2')).toEqual({
    ...{ exitCode: 2, stdout: '', stderr: `${url}/api/v1/targets did not answer before the deadline` },
  });
});

test('a settings file names credentials by file, seen from its own folder, and no report repeats them', async () => {
  const secret = 'never to be seen';
  await writeFile(path.join(folder, 'secret'), `${secret}\n`);
  const settings = {
    prometheus: { url: prometheus.url, user: 'ann', passwordFile: 'secret' },
    grafana: { url: 'http://127.0.0.1:9', user: 'ann', passwordFile: 'secret' },
    collector: { user: 'ann', passwordFile: 'secret' },
  };
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify(settings));
  const args = ['--settings', path.join(folder, 'settings.json'), '--only', 'targets,access,security'];
  for (const format of [[], ['--json'], ['--markdown']]) {
    const { stdout, stderr, exitCode } = await verify(...args, ...format);
    expect(exitCode).toBe(1);
    expect(stdout + stderr).not.toContain(secret);
    expect(stdout + stderr).not.toContain(Buffer.from(`ann:${secret}`).toString('base64'));
    expect(stdout).toContain(`${prometheus.url} answers anybody`);
  }
});

const report: Report = {
  ...{ began: '2026-11-25T10:00:00.000Z', seconds: 1.5, prometheus: 'http://p', mode: 'native' },
  rows: [
    {
      check: 'boards',
      criterion: '9.1.2',
      subject: 'A board',
      verdict: 'pass',
      preview: true,
      measured: '3 data',
      warning: 'old',
    },
    {
      ...{ check: 'targets', criterion: '9.1.1', subject: 'redis', verdict: 'fail', measured: '5 s' },
      failure: { expected: 'a | b', seen: 'c', cause: 'd', change: 'e.ts' },
    },
    { check: 'access', criterion: '9.1.4', subject: 'login', verdict: 'not checked', reason: 'nobody named one' },
  ],
  counts: { pass: 1, fail: 1, notChecked: 1 },
};

test.each([
  ['table', table(60)],
  ['markdown', markdown],
])('the %s shows each verdict, explains each failure and ends with the count', (_, reporter) => {
  const text = reporter(report);
  for (const part of [
    'pass (preview)',
    'not checked',
    'nobody named one',
    'warning: old',
    'expected',
    'seen',
    'e.ts',
  ]) {
    expect(text).toContain(part);
  }
  expect(text.split('\n').at(-1)).toBe('1 passed, 1 failed, 1 not checked, in 1.5 s');
});

test('the table and what it explains keep to the width of the terminal, and cut no name short', () => {
  const long = (row: Row): Row => ({
    ...{ ...row, subject: row.verdict === 'pass' ? 'onyx_rag_retrieval_duration_seconds' : 'a long name '.repeat(20) },
    ...(row.verdict === 'fail' && { failure: { ...row.failure, seen: 'one after the other '.repeat(20) } }),
  });
  for (const width of [80, 132, 200]) {
    const text = table(width)({ ...report, rows: report.rows.map(long) });
    const lines = text.split('\n').filter((line) => !line.startsWith('9.1.1'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(text).not.toContain('…');
    expect(text).toMatch(/^ {2}expected {2}a \| b\n {2}seen {6}one after .+\n {12}(other|after|the|one) /m);
  }
});

test('JSON holds the whole report', () => {
  expect(JSON.parse(json(report))).toEqual(report);
});
