// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as plain, type Server } from 'node:http';
import { request as secure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { required } from '../requirement.ts';
import { configuration } from './helpers/collector.ts';

const nginx = required(['nginx'], 'install it (Debian and Ubuntu: apt-get install nginx-light)');

/** Of the addresses of this machine only the first is in the ranges of server.conf. */
const inside = '127.0.0.1';
const outside = '127.0.0.2';
/** A proxy whose word counts. */
const proxy = '127.0.0.9';

const servers = ['grafana', 'prometheus', 'alertmanager'] as const;
type ServerName = (typeof servers)[number];

interface Visit {
  readonly from?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
}

/** The committed files in a folder laid out as /etc/nginx, with the addresses of this machine. */
async function layOut(folder: string, changes: Readonly<Record<string, string>>, around: string): Promise<string> {
  await cp(join(configuration, 'nginx'), join(folder, 'onyx-metrics'), { recursive: true });
  for (const file of ['monitoring.conf', 'server.conf']) {
    const path = join(folder, 'onyx-metrics', file);
    let text = await readFile(path, 'utf8');
    for (const [committed, here] of Object.entries(changes)) text = text.replaceAll(committed, here);
    await writeFile(path, text);
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
  const http = ['access_log off;', ...temporary, 'include onyx-metrics/monitoring.conf;', around];
  const file = join(folder, 'nginx.conf');
  await writeFile(file, `pid ${folder}/pid;\nevents {}\nhttp {\n${http.join('\n')}\n}\n`);
  return file;
}

const options = (folder: string, file: string) => ['-p', folder, '-e', 'stderr', '-c', file, '-g', 'daemon off;'];

describe.skipIf(!nginx)('the fragment for nginx', () => {
  let folder: string;
  let behind: Server;
  let server: ReturnType<typeof execa>;
  let ports: { readonly http: number; readonly tls: number; readonly public: number };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onyx-nginx-'));
    // Says what has reached it; in the place of each of the three.
    behind = createServer((asked, answer) => answer.end(JSON.stringify({ url: asked.url, headers: asked.headers })))
      .on('upgrade', (_, socket) =>
        socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
      )
      .listen(0, '127.0.0.1');
    await once(behind, 'listening');
    const upstream = `127.0.0.1:${(behind.address() as AddressInfo).port}`;
    ports = { http: await getPort(), tls: await getPort(), public: await getPort() };
    await execa('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
      ...['-subj', '/CN=test', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')],
    ]);
    const file = await layOut(
      folder,
      {
        'listen 80;': `listen 127.0.0.1:${ports.http}; listen 127.0.0.1:${ports.tls} ssl; ssl_certificate certificate.pem; ssl_certificate_key key.pem;`,
        '#set_real_ip_from 192.0.2.10;': `set_real_ip_from ${proxy};`,
        'onyx-metrics-grafana:3000': upstream,
        'onyx-metrics-prometheus:9090': upstream,
        'onyx-metrics-alertmanager:9093': upstream,
      },
      `server { listen 127.0.0.1:${ports.public}; include onyx-metrics/no-public-metrics.conf;
         location / { proxy_pass http://${upstream}; } location /api/ { proxy_pass http://${upstream}; } }`,
    );
    server = execa(nginx ?? '', options(folder, file), { all: true, reject: false });
    const ended = server.then(({ all }) => Promise.reject(new Error(`nginx ended:\n${all}`)));
    await Promise.race([vi.waitFor(() => fetch(`http://127.0.0.1:${ports.public}`), { timeout: 30_000 }), ended]);
  });
  afterAll(async () => {
    server?.kill('SIGTERM');
    await server;
    behind?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Asks one of the servers from an address of this machine. */
  async function visit(
    name: ServerName,
    { from = inside, path = '/', method = 'GET', headers = {}, tls = false }: Visit = {},
  ) {
    const asked = (tls ? secure : plain)({
      ...{ host: '127.0.0.1', port: tls ? ports.tls : ports.http, localAddress: from, path, method, agent: false },
      ...{ rejectUnauthorized: false, headers: { host: `${name}.internal.example`, ...headers } },
    }).end();
    const [answer, socket] = (await Promise.race([once(asked, 'response'), once(asked, 'upgrade')])) as [
      IncomingMessage,
      { destroy?: () => void } | undefined,
    ];
    let body = '';
    if (answer.statusCode === 101) socket?.destroy?.();
    else for await (const chunk of answer) body += chunk;
    return { status: answer.statusCode, headers: answer.headers, body };
  }

  test('lets in who comes from the internal ranges, and nobody else', async () => {
    for (const name of servers) {
      for (const path of ['/', '/login', '/api/live/ws', '/api/v1/query?query=up', '/-/ready']) {
        expect((await visit(name, { path })).status, `${name}${path}`).toBe(200);
        expect((await visit(name, { path, from: outside })).status, `${name}${path}`).toBe(403);
      }
    }
  });

  test.each(['10.0.0.7', '127.0.0.1', '10.0.0.7, 127.0.0.1', proxy])(
    'does not believe a visitor from outside who says that he is %s',
    async (address) => {
      for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'true-client-ip']) {
        const headers = { [header]: header === 'forwarded' ? `for=${address}` : address };
        expect((await visit('grafana', { from: outside, headers })).status, header).toBe(403);
      }
    },
  );

  test.each([
    ['10.0.0.7', 200, 'an internal visitor'],
    ['203.0.113.5', 403, 'a visitor from outside'],
    ['10.0.0.7, 203.0.113.5', 403, 'a visitor from outside who sent an internal address himself'],
    [`10.0.0.7, 203.0.113.5, ${proxy}`, 403, 'the same, through two trusted proxies'],
    [`10.0.0.7, ${proxy}`, 200, 'an internal visitor, through two trusted proxies'],
    ['203.0.113.5, 10.0.0.7', 200, 'an internal visitor who sent another address himself'],
    ['not an address', 403, 'nonsense'],
  ])('behind another proxy that says %s it answers %i: %s', async (address, status) => {
    const { status: answered, body } = await visit('grafana', { from: proxy, headers: { 'x-forwarded-for': address } });
    expect(answered).toBe(status);
    if (status === 200) {
      expect(JSON.parse(body).headers).toMatchObject({ 'x-forwarded-for': '10.0.0.7', 'x-real-ip': '10.0.0.7' });
    }
  });

  test('passes on no address but that of the visitor', async () => {
    const headers = { 'x-forwarded-for': '10.9.9.9', 'x-real-ip': '10.9.9.9' };
    const { body } = await visit('prometheus', { headers });
    expect(JSON.parse(body).headers).toMatchObject({ 'x-forwarded-for': inside, 'x-real-ip': inside });
  });

  test('passes on the WebSocket of Grafana Live, from inside only', async () => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'eA==',
    };
    expect((await visit('grafana', { path: '/api/live/ws', headers })).status).toBe(101);
    expect((await visit('grafana', { path: '/api/live/ws', headers, from: outside })).status).toBe(403);
  });

  test.each<[string, Visit]>([
    ['the form', { path: '/login', method: 'POST' }],
    ['a password with a request', { path: '/api/user', headers: { authorization: 'Basic eDp5' } }],
  ])('refuses whoever tries to log in again and again, by %s', async (_, login) => {
    // Each from an address of his own, since what was counted stays for minutes.
    const visitor = `10.1.0.${login.method ? 1 : 2}`;
    const from = (address: string) => ({ from: proxy, headers: { ...login.headers, 'x-forwarded-for': address } });
    const statuses: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1)
      statuses.push((await visit('grafana', { ...login, ...from(visitor) })).status);
    expect(statuses.slice(0, 6)).toEqual(Array(6).fill(200));
    expect(statuses.slice(-1)).toEqual([429]);
    // Others, and his own reading, go on.
    expect((await visit('grafana', { ...login, ...from('10.1.0.99') })).status).toBe(200);
    expect((await visit('grafana', { from: proxy, headers: { 'x-forwarded-for': visitor } })).status).toBe(200);
  });

  test('refuses a flood of Prometheus and of Alertmanager', async () => {
    for (const [index, name] of (['prometheus', 'alertmanager'] as const).entries()) {
      const headers = { 'x-forwarded-for': `10.2.0.${index}` };
      const flood = await Promise.all(Array.from({ length: 300 }, () => visit(name, { from: proxy, headers })));
      const counts = flood.filter(({ status }) => status === 200).length;
      expect(counts, name).toBeGreaterThan(60);
      expect(new Set(flood.map(({ status }) => status)), name).toEqual(new Set([200, 429]));
    }
  });

  test('asks for https ever after where it ended TLS, and only there', async () => {
    expect((await visit('grafana', { tls: true })).headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await visit('grafana')).headers).not.toHaveProperty('strict-transport-security');
  });

  test.each([
    '/metrics',
    '/metrics/',
    '/api/metrics',
    '/api/metrics/health',
    '/storage/v1/metrics',
    '/api/%6detrics',
    '/api//metrics',
  ])('hides %s of the public servers', async (path) => {
    expect((await fetch(`http://127.0.0.1:${ports.public}${path}`)).status).toBe(404);
  });

  test.each(['/', '/api/metricsystem', '/biometrics/login', '/api/chat?next=/metrics'])('and not %s', async (path) => {
    expect((await fetch(`http://127.0.0.1:${ports.public}${path}`)).status).toBe(200);
  });

  test('shows the metrics of Grafana to nobody', async () => {
    expect((await visit('grafana', { path: '/metrics' })).status).toBe(404);
  });

  test('as it is committed lets nginx start while nothing of ours runs', async () => {
    const alone = await mkdtemp(join(tmpdir(), 'onyx-nginx-'));
    try {
      const file = await layOut(alone, { 'listen 80;': `listen 127.0.0.1:${await getPort()};` }, '');
      await execa(nginx ?? '', ['-t', ...options(alone, file)]);
    } finally {
      await rm(alone, { recursive: true, force: true });
    }
  });
});
