// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { previewApp } from '../../grafana/preview/server/app.ts';
import { readSettings } from '../../grafana/preview/server/environment.ts';
import { folderOfTest } from '../folder.ts';
import { listening } from '../services/listening.ts';

/** A preview in front of a Prometheus that only remembers what it was asked. */
async function preview(
  settings: { password?: string; answer?: { status: number; headers: OutgoingHttpHeaders } } = {},
) {
  const { status = 200, headers = {} } = settings.answer ?? {};
  const asked: IncomingMessage[] = [];
  const prometheus = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status, { ...headers, 'Set-Cookie': 'from=prometheus' }).end('{"status":"success","data":[]}');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void prometheus.close());
  await once(prometheus, 'listening');
  const folder = folderOfTest();
  await mkdir(join(folder, 'boards'));
  await writeFile(join(folder, 'boards/one.json'), '{"uid":"one"}');
  await mkdir(join(folder, 'runbooks'));
  await writeFile(join(folder, 'runbooks/services.md'), '## ServiceDown');
  await mkdir(join(folder, 'page/assets'), { recursive: true });
  await writeFile(join(folder, 'page/index.html'), 'the page');
  await writeFile(join(folder, 'secret'), 'secret');
  const url = await listening(
    previewApp({
      host: '127.0.0.1',
      port: 0,
      user: 'admin',
      password: settings.password ?? 'admin',
      prometheusUrl: `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`,
      scrapeSeconds: 15,
      boards: join(folder, 'boards'),
      runbooks: join(folder, 'runbooks'),
      page: join(folder, 'page'),
    }),
  );
  const logIn = (password: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams({ user: 'admin', password, next: '/d/one' }),
    });
  const session = async () =>
    (await logIn(settings.password ?? 'admin')).headers.get('set-cookie')?.split(';')[0] ?? '';
  return { url, asked, logIn, session };
}

/** Sends the path unchanged; `fetch` would tidy it first. */
async function raw(url: string, path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const request = httpRequest(url, { path, ...options }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

test('without a session everything but the login leads to it, and the API refuses', async () => {
  const { url, asked } = await preview();
  for (const path of ['/', '/d/one', '/index.html', '/anything']) {
    expect(await raw(url, path), path).toMatchObject({
      status: 303,
      headers: { location: expect.stringMatching(/^\/login/) },
    });
  }
  for (const path of ['/api/boards', '/api/prometheus/api/v1/query?query=up']) {
    expect(await raw(url, path), path).toMatchObject({ status: 401 });
    expect(await raw(url, path, { headers: { cookie: 'onyx_preview_session=guess' } })).toMatchObject({ status: 401 });
  }
  expect(asked).toEqual([]);
});

test('a login opens page and boards until the logout, by a cookie that no script and no other site can use', async () => {
  const { url, logIn } = await preview();
  const response = await logIn('admin');
  const cookie = response.headers.get('set-cookie') ?? '';
  expect([response.status, response.headers.get('location')]).toEqual([303, '/d/one']);
  expect(cookie).toMatch(/^onyx_preview_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  expect(await raw(url, '/d/one', { headers })).toMatchObject({ status: 200, body: 'the page' });
  expect(JSON.parse((await raw(url, '/api/boards', { headers })).body)).toEqual({
    boards: [{ uid: 'one' }],
    scrapeSeconds: 15,
    user: 'admin',
    isDefaultLogin: true,
  });
  await raw(url, '/logout', { method: 'POST', headers });
  expect(await raw(url, '/api/boards', { headers })).toMatchObject({ status: 401 });
});

test('an alert leads to its runbook, a page in plain text', async () => {
  const { url, session } = await preview();
  const headers = { cookie: await session() };
  expect(await raw(url, '/public/runbooks/services.md', { headers })).toMatchObject({
    body: '## ServiceDown',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
  expect(await raw(url, '/public/runbooks/../secret', { headers })).toMatchObject({ status: 404 });
});

test('the login page warns while the password is the one everybody knows', async () => {
  const [known, own] = [await preview(), await preview({ password: 'sesame' })];
  expect((await raw(known.url, '/login')).body).toContain('ONYX_GRAFANA_PASSWORD_FILE');
  expect((await raw(own.url, '/login')).body).not.toContain('ONYX_GRAFANA_PASSWORD_FILE');
  expect((await own.logIn('admin')).status).toBe(401);
  expect((await own.logIn('sesame')).status).toBe(303);
});

test('after five failures within a minute no more are heard, whatever address the headers claim', async () => {
  const { logIn } = await preview();
  const statuses = [];
  for (let attempt = 0; attempt < 6; attempt += 1) {
    statuses.push(
      (await logIn('guess', { 'X-Forwarded-For': `10.0.0.${attempt}`, Forwarded: `for=10.0.0.${attempt}` })).status,
    );
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  expect((await logIn('admin')).status).toBe(429);
});

test('a login of more than 4 kB is refused unread', async () => {
  const { logIn } = await preview();
  expect((await logIn('a'.repeat(5_000))).status).toBe(413);
});

test('a login leads nowhere but to this server', async () => {
  const { url } = await preview();
  for (const next of ['//elsewhere.test/', 'http://elsewhere.test/', '/\\elsewhere.test', 'javascript:alert(1)']) {
    const response = await fetch(`${url}/login`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ user: 'admin', password: 'admin', next }),
    });
    expect(response.headers.get('location'), next).toBe('/');
  }
  const page = await raw(url, `/login?next=${encodeURIComponent('/"><script>')}`);
  expect(page.body).not.toContain('<script>');
});

test('only questions that read, with the parameters they take, reach Prometheus, and nothing of the client with them', async () => {
  const { url, asked, session } = await preview();
  const headers = {
    cookie: await session(),
    Authorization: 'Basic x',
    'X-Forwarded-Host': 'evil.test',
    'X-Scope-OrgID': '1',
  };
  const questions = [
    '/query?query=up%7Ba%3D%22%2B%22%7D&time=1',
    '/query_range?query=up&start=1&end=2&step=1',
    '/series?match%5B%5D=up',
    '/labels',
    '/label/job/values?match%5B%5D=up',
  ];
  for (const question of questions) {
    const answer = await raw(url, `/api/prometheus/api/v1${question}`, { headers });
    expect(answer, question).toMatchObject({ status: 200, body: '{"status":"success","data":[]}' });
    expect(answer.headers['set-cookie'], question).toBeUndefined();
  }
  expect(asked.map(({ method, url }) => `${method} ${url?.replace(/[?&]timeout=10s$/, '')}`)).toEqual(
    questions.map((question) => `GET /api/v1${question}`),
  );
  for (const { headers } of asked) {
    expect(Object.keys(headers).sort()).toEqual(
      ['accept', 'accept-encoding', 'accept-language', 'connection', 'host', 'sec-fetch-mode', 'user-agent'].sort(),
    );
    expect(headers.host).not.toBe('evil.test');
  }
});

test.each([
  '/api/v1/status/config',
  '/api/v1/targets',
  '/api/v1/rules',
  '/api/v1/admin/tsdb/delete_series?match[]=up',
  '/api/v1/write',
  '/-/reload',
  '/metrics',
  '/api/v1/query/../status/config',
  '/api/v1/query/%2e%2e/status/config',
  '/api/v1/query%2f..%2fstatus%2fconfig',
  '/api/v1/label/..%2f..%2fstatus%2fconfig/values',
  '/api/v1/label/job%2fvalues%3f/values',
  '/api/v1/query?query=up&stats=all',
  '/api/v1/query?query=up&timeout=1h',
])('%s of Prometheus stays out of reach', async (path) => {
  const { url, asked, session } = await preview();
  const answer = await raw(url, `/api/prometheus${path}`, { headers: { cookie: await session() } });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(asked).toEqual([]);
});

test('the server speaks to its Prometheus and nobody else, wherever an answer points', async () => {
  const elsewhere: IncomingMessage[] = [];
  const other = createServer((request, response) => {
    elsewhere.push(request);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const answers = { Location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/`, Refresh: '0; url=/' };
  const { url, asked, session } = await preview({ answer: { status: 302, headers: answers } });
  const headers = { cookie: await session() };
  const connected: string[] = [];
  const note = (message: unknown) => connected.push((message as { connectParams: URL }).connectParams.host);
  channel('undici:client:connected').subscribe(note);
  onTestFinished(() => void channel('undici:client:connected').unsubscribe(note));
  for (const path of ['/', '/api/boards', '/login', '/nothing']) await raw(url, path, { headers });
  const answer = await raw(url, '/api/prometheus/api/v1/query?query=up', { headers });
  expect(answer).toMatchObject({ status: 502, body: expect.stringContaining('Prometheus cannot be reached') });
  expect(answer.headers).not.toHaveProperty('refresh');
  expect(elsewhere).toEqual([]);
  expect(connected).toEqual([asked[0]?.headers.host]);
});

test('a query that is too long is refused before Prometheus sees it', async () => {
  const { url, asked, session } = await preview();
  const headers = { cookie: await session() };
  const query = (length: number) => raw(url, `/api/prometheus/api/v1/query?query=${'a'.repeat(length)}`, { headers });
  expect(await query(7_900)).toMatchObject({ status: 200 });
  expect(await query(8_000)).toMatchObject({ status: 414 });
  expect((await query(100_000)).status).toBe(431);
  expect(asked).toHaveLength(1);
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])(
  '%s is refused everywhere but at login and logout',
  async (method) => {
    const { url, asked, session } = await preview();
    const headers = { cookie: await session(), 'X-HTTP-Method-Override': 'GET' };
    for (const path of ['/', '/api/boards', '/api/prometheus/api/v1/query?query=up']) {
      expect(await raw(url, path, { method, headers }), path).toMatchObject({ status: 405 });
    }
    expect(asked).toEqual([]);
  },
);

test.each([
  '/../secret',
  '/..%2fsecret',
  '/%2e%2e/secret',
  '/assets/..%2f..%2fsecret',
  '/assets/%5c..%5c..%5csecret',
  '/%00/secret',
  '//etc/passwd',
  '/d/../../secret',
])('%s shows no file outside the page', async (path) => {
  const { url, session } = await preview();
  const answer = await raw(url, path, { headers: { cookie: await session() } });
  expect([400, 403, 404]).toContain(answer.status);
  expect(answer.body).not.toMatch(/secret|root:/);
});

test('a name that is not ours is refused, so that no foreign site can point its own name here', async () => {
  const { url } = await preview();
  const port = new URL(url).port;
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
    expect(await raw(url, '/login', { headers: { host } }), host).toMatchObject({ status: 200 });
  }
  for (const host of [`evil.test:${port}`, 'localhost.evil.test', 'a b']) {
    expect((await raw(url, '/login', { headers: { host } })).status, host).toBeGreaterThanOrEqual(400);
  }
});

test('a form on another site cannot log a browser in', async () => {
  const { logIn } = await preview();
  expect((await logIn('admin', { Origin: 'https://evil.test' })).status).toBe(403);
  expect((await logIn('admin', { Origin: 'null' })).status).toBe(403);
  expect((await logIn('admin', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
});

test('every answer forbids scripts, styles, frames and connections from anywhere else', async () => {
  const { url, session } = await preview();
  const headers = { cookie: await session() };
  for (const path of ['/login', '/', '/api/boards', '/api/nothing', '/nothing']) {
    const policy = String((await raw(url, path, { headers })).headers['content-security-policy']);
    expect(policy, path).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(policy, path).toMatch(/connect-src 'self';.*frame-ancestors 'none'/);
    expect(policy, path).not.toMatch(/unsafe|https?:|\*/);
  }
});

test('until the page is built it says so and comes back by itself', async () => {
  const url = await listening(
    previewApp({
      ...{ host: '127.0.0.1', port: 0, user: 'admin', password: 'admin', scrapeSeconds: 15 },
      ...{ prometheusUrl: 'http://127.0.0.1:9', boards: '/nowhere', runbooks: '/nowhere', page: '/nowhere' },
    }),
  );
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ user: 'admin', password: 'admin' }),
  });
  const headers = { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
  expect((await raw(url, '/', { headers })).body).toContain('http-equiv="refresh"');
  expect(await raw(url, '/api/prometheus/api/v1/query?query=up', { headers })).toMatchObject({
    status: 502,
    body: expect.stringContaining('Prometheus cannot be reached'),
  });
});

test('it listens on the loopback address, port 3001, unless told otherwise', () => {
  const env = { PROMETHEUS_URL: 'http://127.0.0.1:9', BOARDS_DIR: '/x', RUNBOOKS_DIR: '/x', PAGE_DIR: '/x' };
  expect(readSettings(env)).toMatchObject({ host: '127.0.0.1', port: 3001, user: 'admin' });
});

test('the process names what is missing or wrong in its environment', async () => {
  const start = (env: Record<string, string>) =>
    execa(process.execPath, ['--import', 'tsx', 'grafana/preview/server/main.ts'], {
      env,
      reject: false,
      forceKillAfterDelay: 1000,
    });
  expect(await start({})).toMatchObject({
    exitCode: 1,
    stderr: 'PROMETHEUS_URL is not set: name it in the environment.',
  });
  const wrong = {
    PROMETHEUS_URL: 'http://127.0.0.1:9',
    BOARDS_DIR: '/x',
    RUNBOOKS_DIR: '/x',
    PAGE_DIR: '/x',
    PORT: 'three',
  };
  expect(await start(wrong)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('PORT=three is refused') });
  expect(await start({ ...wrong, PORT: '', HOST: '0.0.0.0' })).toMatchObject({
    exitCode: 1,
    stderr:
      'HOST=0.0.0.0 is refused with the password everybody knows: name a file that holds another in PREVIEW_PASSWORD_FILE.',
  });
});
