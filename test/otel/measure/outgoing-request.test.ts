// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  createSecureServer as createSecureHttp2Server,
  type Http2Server,
} from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import getPort from 'get-port';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { application, node } from '../helpers/installed.ts';
import { fixture, type Preloaded, preload, run } from '../helpers/preloaded.ts';
import { type SelfSigned, selfSigned } from '../helpers/self-signed.ts';

/** What the labels of each kind of call say in addition to method, address and port. */
const outcomes: Readonly<Record<string, { readonly status?: string; readonly error?: string }>> = {
  answered: { status: '200' },
  created: { status: '201' },
  refused: { status: '404', error: '404' },
  failed: { status: '503', error: '503' },
  streamed: { status: '200' },
  late: { error: 'timeout' },
  left: { error: 'aborted' },
  dropped: { error: 'connection_reset' },
  reset: { error: 'connection_reset' },
  cut: { status: '200', error: 'connection_reset' },
  'broken-off': { status: '200', error: 'aborted' },
};

/** The same of calls whose body never ends, and the first version of Node that says enough of them. */
const unfinished: Readonly<
  Record<string, { readonly status?: string; readonly error: string; readonly since: number }>
> = {
  unheard: { error: 'timeout', since: 20 },
  'too-large': { status: '413', error: '413', since: 18 },
};

/** How long an unheard call waits, in seconds. */
const patience = 0.1;

/** A server that knows what it was asked, and how often. */
interface Ledger {
  readonly server: Server;
  readonly port: number;
  /** By kind of call. */
  readonly asked: Map<string, number>;
}

const collector = await collectorOfFile();
const folder = folderOfFile();
let tls: SelfSigned;
beforeAll(async () => {
  tls = await selfSigned();
});

async function ledger(secure: boolean, onLeft: () => void): Promise<Ledger> {
  const asked = new Map<string, number>();
  const answer: RequestListener = (request, response) => {
    const [, , kind = ''] = new URL(request.url ?? '', 'http://x').pathname.split('/');
    asked.set(kind, (asked.get(kind) ?? 0) + 1);
    request.resume();
    if (kind === 'late' || kind === 'unheard') return;
    if (kind === 'left') return onLeft();
    if (kind === 'dropped') return void request.socket.destroy();
    if (kind === 'reset') return void request.socket.resetAndDestroy();
    if (['streamed', 'cut', 'broken-off'].includes(kind)) response.write('first');
    if (kind === 'cut') return void setImmediate(() => request.socket.destroySoon());
    if (kind === 'broken-off') return;
    if (kind === 'too-large') response.setHeader('connection', 'close');
    response.statusCode = Number({ ...outcomes, ...unfinished }[kind]?.status ?? 200);
    response.end('last');
  };
  const server = (secure ? createSecureServer(tls, answer) : createServer(answer)) as Server;
  await once(server.listen(0), 'listening');
  return { server, port: (server.address() as AddressInfo).port, asked };
}

/** Labels of each line of the metric, with its count or the sum of its seconds. */
async function counted(instance: string, what: 'count' | 'sum' = 'count'): Promise<Record<string, number>> {
  const { body } = await collector.scrape('suna');
  const found: Record<string, number> = {};
  for (const line of body.split('\n')) {
    const [, of, labels = '', value] =
      /^http_client_request_duration_seconds_(count|sum)\{(.*)\} (\S+)$/.exec(line)?.map(String) ?? [];
    if (of !== what) continue;
    if (!labels.includes(instance)) continue;
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '-';
    const names = ['http_request_method', 'server_address', 'server_port', 'http_response_status_code', 'error_type'];
    found[names.map(label).join(' ')] = Number(value);
  }
  return found;
}

function started(instance: string, file: string, argument: string, folder: string, executable: string): Preloaded {
  const env = {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
    OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
  };
  return run(['--require', preload, file, argument], env, folder, executable);
}

async function ended({ child, port, ended }: Preloaded): Promise<void> {
  await fetch(`http://127.0.0.1:${await port}`);
  child.send('end');
  expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
}

function close({ server }: Ledger): void {
  server.closeAllConnections();
  server.close();
}

describe.each(['18.19.0', '20.20.2', '22.23.3', '24.9.0', '26.10.0'])('on Node %s', (version) => {
  it('each call that a server counted, or could not, is counted by method, target, status and what failed', async () => {
    let program: Preloaded | undefined;
    const left = () => program?.child.send('leave');
    const [plain, secure, refused] = [await ledger(false, left), await ledger(true, left), await getPort()];
    const targets = {
      plain: `http://localhost:${plain.port}`,
      secure: `https://localhost:${secure.port}`,
      refused: `http://localhost:${refused}`,
      ca: tls.cert,
    };
    const instance = randomUUID();
    program = started(instance, fixture('calling.cjs'), JSON.stringify(targets), folder, await node(version));
    await ended(program);

    const expected: Record<string, number> = {
      [`GET localhost ${refused} - connection_refused`]: 2,
      'GET nowhere.invalid 80 - name_not_resolved': 2,
      // An address is no person's name: it may be that of a person's machine.
      [`GET other ${plain.port} 200 -`]: 2,
      [`GET localhost ${secure.port} 200 -`]: secure.asked.get('answered') ?? 0,
      [`GET localhost ${secure.port} - tls`]: 1,
    };
    for (const [kind, { status = '-', error = '-' }] of Object.entries(outcomes)) {
      const key = `${kind === 'created' ? 'POST' : 'GET'} localhost ${plain.port} ${status} ${error}`;
      expected[key] = (expected[key] ?? 0) + (plain.asked.get(kind) ?? 0) - (kind === 'answered' ? 2 : 0);
    }
    for (const [kind, { status = '-', error, since }] of Object.entries(unfinished))
      if (Number.parseInt(version, 10) >= since)
        expected[`POST localhost ${plain.port} ${status} ${error}`] = plain.asked.get(kind) ?? 0;
    expect([...plain.asked.values()].every((times) => times >= 4)).toBe(true);
    await expect.poll(() => counted(instance)).toEqual(expected);
    const unheard = `POST localhost ${plain.port} - timeout`;
    const { [unheard]: seconds } = await counted(instance, 'sum');
    if (unheard in expected) expect(seconds).toBeGreaterThan(0.9 * patience * (plain.asked.get('unheard') ?? 0));
    for (const each of [plain, secure]) close(each);
  });
});

/** The same by HTTP/2. */
async function http2Ledger(onLeft: () => void): Promise<Pick<Ledger, 'port' | 'asked'> & { server: Http2Server }> {
  const asked = new Map<string, number>();
  let socket: Socket | undefined;
  const server = createHttp2Server().on('connection', (connection: Socket) => {
    socket = connection.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    const kind = headers[':path']?.slice(1) ?? '';
    asked.set(kind, (asked.get(kind) ?? 0) + 1);
    stream.on('error', () => {}).resume();
    if (kind === 'late') return;
    if (kind === 'left') return onLeft();
    if (kind === 'dropped') return void socket?.destroy();
    if (kind === 'reset') return stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    if (kind === 'pushing')
      stream.pushStream({ ':path': '/pushed' }, (_error, pushed) => {
        pushed.respond();
        pushed.end('pushed');
      });
    stream.respond({ ':status': Number(outcomes[kind]?.status ?? 200) });
    if (kind === 'cut') return void stream.write('first', () => setImmediate(() => socket?.destroy()));
    if (['streamed', 'broken-off'].includes(kind)) stream.write('first');
    if (kind !== 'broken-off') stream.end('last');
  });
  await once(server.listen(0), 'listening');
  return { server, port: (server.address() as AddressInfo).port, asked };
}

// Older ones publish nothing of it.
it.each(['22.23.3', '24.9.0', '26.10.0'])(
  'each request by HTTP/2 is counted like one by HTTP/1, on Node %s',
  async (version) => {
    let program: Preloaded | undefined;
    const [called, refused] = [await http2Ledger(() => program?.child.send('leave')), await getPort()];
    const path = join(folder, `${randomUUID()}.sock`);
    const unix = createHttp2Server((_request, response) => response.end('last'));
    await once(unix.listen(path), 'listening');
    const instance = randomUUID();
    const targets = { plain: `http://localhost:${called.port}`, refused: `http://localhost:${refused}`, path };
    const file = fixture('calling-http2.cjs');
    program = started(instance, file, JSON.stringify(targets), folder, await node(version));
    await ended(program);

    const expected: Record<string, number> = {
      [`GET localhost ${refused} - connection_refused`]: 1,
      'GET unix_socket 0 200 -': 1,
    };
    for (const [kind, times] of called.asked) {
      const { status = '-', error = '-' } = outcomes[kind] ?? { status: '200' };
      const key = `GET localhost ${called.port} ${status} ${error}`;
      expected[key] = (expected[key] ?? 0) + times;
    }
    expect(called.asked.size).toBe(10);
    await expect.poll(() => counted(instance)).toEqual(expected);
    for (const server of [called.server, unix]) server.close();
  },
);

it('what libraries call a time-out, an abort or a failed status is counted as that, and no WebSocket as failed', async () => {
  let program: Preloaded | undefined;
  const called = await ledger(false, () => program?.child.send('leave'));
  const packages = ['axios@1.21.1', 'undici@6.29.1', 'ws@8.23.0'];
  const home = await application(folder, packages, ['calling-libraries.cjs']);
  const secure = createSecureHttp2Server(tls, (_request, response) => response.end('last'));
  const local = createServer((_request, response) => response.end('last'));
  const path = join(folder, `${randomUUID()}.sock`);
  await Promise.all([once(secure.listen(0), 'listening'), once(local.listen(path), 'listening')]);
  const securePort = (secure.address() as AddressInfo).port;
  const targets = {
    url: `http://localhost:${called.port}`,
    secure: `https://localhost:${securePort}`,
    ca: tls.cert,
    path,
  };
  const instance = randomUUID();
  const file = join(home, 'calling-libraries.cjs');
  program = started(instance, file, JSON.stringify(targets), home, await node('24.9.0'));
  await ended(program);

  expect(Object.fromEntries(called.asked)).toEqual({ answered: 1, late: 1, left: 2, failed: 2 });
  await expect
    .poll(() => counted(instance))
    .toEqual({
      [`GET localhost ${called.port} 200 -`]: 1,
      [`GET localhost ${called.port} - timeout`]: 1,
      [`GET localhost ${called.port} - aborted`]: 2,
      [`GET localhost ${called.port} 503 503`]: 2,
      // Both undici and Node tell of this one.
      [`GET localhost ${securePort} 200 -`]: 1,
      'GET unix_socket 0 200 -': 2,
      'GET unix_socket 0 - other': 1,
    });
  close(called);
  for (const server of [secure, local]) server.close();
});
