// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { namespacesAllowed } from '../../namespaces.ts';
import { application, node } from '../helpers/installed.ts';
import { preload } from '../helpers/preloaded.ts';

/*
 * The same program ends in the same way with the preload and without it, as far as the world can see, and what it had counted by then
 * arrives. The program and its ways are in fixtures/endings.cjs.
 */

const libraries = [
  'signal-exit@4.1.0',
  'signal-exit-3@npm:signal-exit@3.0.7',
  'exit-hook@5.1.0',
  'async-exit-hook@2.0.1',
  'death@1.1.0',
  'close-with-grace@2.5.0',
  'http-terminator@3.2.0',
  'stoppable@1.1.0',
  '@godaddy/terminus@4.12.1',
  'http-graceful-shutdown@4.0.0',
  'node-graceful@3.1.0',
  'node-cleanup@2.1.2',
  'when-exit@2.1.5',
  'on-exit-leak-free@2.1.2',
];

const collector = await collectorOfFile();
const folder = folderOfFile();
let app: string;
beforeAll(async () => {
  app = await application(folder, libraries, ['endings.cjs', 'shutdown-libraries.cjs']);
});

interface Case {
  /** How the program listens: a way of the fixture, or a library. */
  readonly way?: string;
  readonly signal?: NodeJS.Signals;
  /** When it sets that up: before it is measured, or when it is. */
  readonly when?: 'before' | 'after';
  /** How it is told to end. Without, it is sent the signal. */
  readonly order?: string;
  readonly binary?: string;
  /** Process 1 of a container, to which the kernel gives no signal that it does not listen to. It is sent the signal, then told to end. */
  readonly first?: true;
}

/** What the world sees of a program that ends while a request is in flight. */
interface Seen {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the request in flight got: the answer, or the error. */
  readonly answer: string;
}

function answerOf(url: string): Promise<string> {
  return new Promise((resolve) => {
    get(
      url,
      { agent: false },
      (response: IncomingMessage) => void text(response).then(resolve, () => resolve('cut')),
    ).on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code));
  });
}

async function end(given: Case, options: readonly string[], env: Record<string, string>): Promise<Seen> {
  const { way = 'nothing', signal = 'SIGTERM', when = 'before', order, binary = process.execPath, first } = given;
  const [command = '', ...args] = first ? [...firstProcess, binary] : [binary];
  const child = spawn(command, [...args, ...options, join(app, 'endings.cjs'), way, signal, when], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'close');
  const output = Promise.all([child.stdout, child.stderr].map((stream) => text(stream as NodeJS.ReadableStream)));
  const says = () =>
    Promise.race([once(child, 'message'), output.then((all) => Promise.reject(new Error(all.join(''))))]);
  const [port] = await says();
  await answerOf(`http://127.0.0.1:${port}/quick`);
  const arrived = says();
  const slow = answerOf(`http://127.0.0.1:${port}/slow`);
  await arrived;
  if (first) process.kill(Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')), signal);
  if (order === undefined) child.kill(signal);
  else child.send(order);
  // The second time a signal may mean something else.
  if (way.endsWith('and lives on')) void slow.then(() => child.kill(signal));
  const [code, by] = await ended;
  const [stdout = '', stderr = ''] = await output;
  // Node names the process in its warnings.
  return { code, signal: by, stdout, stderr: stderr.replaceAll(String(child.pid), 'PID'), answer: await slow };
}

const firstProcess = ['unshare', '--pid', '--fork', '--kill-child'];
const allowed = await namespacesAllowed(['--pid', '--fork', '--mount', '--net']);

/** The requests that were counted in a process. */
async function counted(instance: string): Promise<number> {
  const { body } = await collector.scrape('suna');
  return body
    .split('\n')
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count{') && line.includes(instance))
    .filter((line) => line.includes('http_response_status_code="200"'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Only while a process ends is the preload between its listeners and Node, and so in the stack of an error of theirs. */
const atExit = /^ +at process\.<anonymous> \(.*register\.cjs.*\n(?= +at process\.exit )/gm;

/**
 * Ends the program with and without the preload, compares, and finds what was counted. Returns what was the same.
 *
 * @param requests how many were counted by then, if not all that were answered
 */
async function same(given: Case, requests?: number): Promise<Seen> {
  // On a busy machine the last export may take longer than a process waits for it.
  for (let round = 1; ; round++) {
    const instance = randomUUID();
    const [bare, measured] = await Promise.all([
      end(given, [], {}),
      end(given, ['--require', preload], {
        OTEL_SERVICE_NAME: 'suna',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
        OTEL_METRIC_EXPORT_INTERVAL: '60000',
        OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
      }),
    ]);
    expect({ ...measured, stderr: measured.stderr.replace(atExit, '') }).toEqual(bare);
    const expected = requests ?? (bare.answer === 'slow' ? 2 : 1);
    const found = await counted(instance);
    if (round === 3) expect(found).toBe(expected);
    if (found === expected) return bare;
  }
}

const answered = (code: number | null, signal: NodeJS.Signals | null = null) => ({ code, signal, answer: 'slow' });
const cut = (code: number | null, signal: NodeJS.Signals | null = null) => ({ code, signal, answer: 'ECONNRESET' });

describe('a service ends as it does without the preload, and what it counted arrives,', () => {
  describe.each(['before', 'after'] as const)(
    'when it decides %s it is measured how it listens to SIGTERM:',
    (when) => {
      it.each([
        ['nothing', cut(null, 'SIGTERM')],
        ['on', answered(0)],
        ['once', answered(0)],
        ['addListener', answered(0)],
        ['prependListener', answered(0)],
        ['prependOnceListener', answered(0)],
        ['two, both once', answered(0)],
        ['once, before one that stays', answered(0)],
        ['once, and then another', answered(0)],
        ['on and off', cut(null, 'SIGTERM')],
        ['once and off', cut(null, 'SIGTERM')],
        ['on and removeAllListeners of it', cut(null, 'SIGTERM')],
        ['on, off and once', answered(0)],
        ['one of at most one', answered(0)],
        ['events.once', answered(0)],
        ['once, and sends it again when done', answered(null, 'SIGTERM')],
        ['once, and sends it again if nothing else listens', answered(null, 'SIGTERM')],
        ['once, and lives on', answered(null, 'SIGTERM')],
        ['on, and lives on', answered(9)],
        ['on, and sets the code', answered(6)],
        ['on, and is told of listeners', answered(0)],
        ['on, and throws', cut(1)],
        ['on, in a context and a domain', cut(11)],
      ])('%s', async (way, expected) => {
        expect(await same({ way, when })).toMatchObject(expected);
      });

      // Node itself does not learn of listeners any more then, and so neither does the preload.
      it.each([
        ['on and removeAllListeners', cut(null, 'SIGTERM')],
        ['removeAllListeners and on', cut(null, 'SIGTERM')],
        ['removeAllListeners of removeListener, on and off', answered(0)],
      ])('%s', async (way, expected) => {
        const requests = when === 'before' && expected.signal !== null ? 0 : undefined;
        expect(await same({ way, when }, requests)).toMatchObject(expected);
      });
    },
  );

  it.each([
    ['SIGINT', 'nothing', 'before', cut(null, 'SIGINT')],
    ['SIGINT', 'on', 'after', answered(0)],
    ['SIGINT', 'on, in a context and a domain', 'after', cut(11)],
    ['SIGINT', 'once', 'before', answered(0)],
    ['SIGINT', 'once', 'after', answered(0)],
    ['SIGINT', 'prependOnceListener', 'after', answered(0)],
    ['SIGINT', 'on and off', 'after', cut(null, 'SIGINT')],
    ['SIGINT', 'once, and sends it again when done', 'before', answered(null, 'SIGINT')],
    ['SIGINT', 'once, and sends it again if nothing else listens', 'after', answered(null, 'SIGINT')],
    ['SIGINT', 'once, and lives on', 'before', answered(null, 'SIGINT')],
    ['SIGINT', 'vm takes the handler', 'before', answered(0)],
    ['SIGINT', 'vm takes the handler', 'after', answered(0)],
    ['SIGINT', 'on, after vm took the handler', 'after', answered(0)],
    ['SIGHUP', 'nothing', 'before', cut(null, 'SIGHUP')],
    ['SIGHUP', 'once', 'before', answered(0)],
    ['SIGHUP', 'on', 'after', answered(0)],
    ['SIGHUP', 'once, and sends it again if nothing else listens', 'after', answered(null, 'SIGHUP')],
  ] as const)('when it listens to %s: %s, %s it is measured', async (signal, way, when, expected) => {
    expect(await same({ way, when, signal })).toMatchObject(expected);
  });

  it('by an error of its listener, with the stack it has', async () => {
    const { stderr, ...seen } = await same({ way: 'on, and throws' });
    expect(seen).toMatchObject(cut(1));
    expect(stderr).toMatch(/Error: as intended\n +at process\.<anonymous>/);
  });

  it.each([
    ['process.exit', cut(3)],
    ['process.exit with listeners', cut(3)],
    ['an exit listener that sets the code', cut(4)],
    ['an exit listener that exits', cut(4)],
    ['an exit listener that throws', cut(3)],
    ['removed exit listeners', cut(3)],
    ['an emit that is replaced', cut(3)],
    ['process.reallyExit', cut(3)],
    ['an empty event loop', answered(7)],
    ['beforeExit listeners', answered(0)],
    ['an uncaught exception', cut(1)],
    ['an uncaught exception with a monitor', cut(1)],
    ['an uncaughtException listener', answered(0)],
    ['an uncaughtException listener, once', cut(1)],
    ['a removed uncaughtException listener', cut(1)],
    ['a callback for uncaught exceptions', cut(8)],
    ['an unhandled rejection', cut(1)],
    ['an unhandledRejection listener', cut(8)],
    ['the signal, sent to itself', cut(null, 'SIGTERM')],
    ['SIGKILL, sent to itself', cut(null, 'SIGKILL')],
    ['SIGUSR2, sent to itself', cut(null, 'SIGUSR2')],
    ['a signal of no effect, sent to itself', cut(3)],
    ['a signal that it emits itself', cut(3)],
    ['an exit that it emits itself, then another', cut(3)],
    ['the signal, sent by a thread of it', cut(null, 'SIGTERM')],
    ['process.exit in a thread of it', cut(3)],
  ])('by %s', async (order, expected) => {
    expect(await same({ order })).toMatchObject(expected);
  });

  it('by a signal that arrived before the application listened, which is not lost', async () => {
    const given = { order: 'the signal, to which it listens once it has arrived' };
    expect(await end(given, [], {})).toMatchObject(cut(null, 'SIGTERM'));
    const measured = { OTEL_SERVICE_NAME: 'suna', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp };
    expect(await end(given, ['--require', preload], measured)).toMatchObject(answered(0));
  });

  it('by process.abort, when nothing arrives', async () => {
    expect(await same({ order: 'process.abort' }, 0)).toMatchObject(cut(null, 'SIGABRT'));
  });

  it.skipIf(!allowed)('as process 1 of a container, which lives on', async () => {
    expect(await same({ first: true, order: 'process.exit' })).toMatchObject(cut(3));
    expect(await same({ first: true, order: 'the signal, sent to itself' })).toMatchObject(cut(3));
  });

  // What it does on SIGTERM, in the letters of SIGINT.
  const onSigint = ({ answer, code, signal }: ReturnType<typeof answered>) => ({
    answer,
    code: code === 143 ? 130 : code,
    signal: signal && 'SIGINT',
  });

  it.each([
    ['signal-exit 4', cut(null, 'SIGTERM')],
    ['signal-exit 3', cut(null, 'SIGTERM')],
    ['signal-exit 4, unloaded', answered(null, 'SIGTERM')],
    ['exit-hook', answered(143)],
    ['async-exit-hook', answered(143)],
    ['death', answered(0)],
    ['close-with-grace', answered(0)],
    ['http-terminator', answered(0)],
    ['stoppable', answered(0)],
    ['terminus', answered(null, 'SIGTERM')],
    ['terminus, with code 0', answered(0)],
    ['http-graceful-shutdown', answered(0)],
    ['node-graceful', answered(0)],
    ['node-cleanup', answered(null, 'SIGTERM')],
    ['when-exit', cut(null, 'SIGTERM')],
    ['on-exit-leak-free', cut(null, 'SIGTERM')],
  ])('by %s, set up before and after it is measured', async (way, expected) => {
    expect(await same({ way })).toMatchObject(expected);
    expect(await same({ way, signal: 'SIGINT', when: 'after' })).toMatchObject(onSigint(expected));
  });

  it.each(['signal-exit 4', 'signal-exit 3', 'async-exit-hook', 'node-cleanup', 'when-exit', 'on-exit-leak-free'])(
    'by process.exit, which %s sees',
    async (way) => {
      expect(await same({ way, order: 'process.exit' })).toMatchObject({ signal: null });
    },
  );

  // They are installed first.
  describe.each(['18.19.0', '22.23.3', '24.9.0', '26.10.0'])('on Node %s', { timeout: 300_000 }, (version) => {
    it.each([
      ['nothing', 'before', cut(null, 'SIGTERM')],
      ['once', 'before', answered(0)],
      ['once, and sends it again if nothing else listens', 'after', answered(null, 'SIGTERM')],
      ['on, and is told of listeners', 'after', answered(0)],
      ['on, in a context and a domain', 'after', cut(11)],
    ] as const)('when it listens to SIGTERM: %s, %s it is measured', async (way, when, expected) => {
      expect(await same({ way, when, binary: await node(version) })).toMatchObject(expected);
    });

    it.each([
      ['an empty event loop', answered(7)],
      ['the signal, sent to itself', cut(null, 'SIGTERM')],
    ])('by %s', async (order, expected) => {
      expect(await same({ order, binary: await node(version) })).toMatchObject(expected);
    });
  });
});
