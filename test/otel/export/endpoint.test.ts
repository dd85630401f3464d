// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import getPort from 'get-port';
import { beforeAll, describe, expect, it } from 'vitest';
import { basic } from '../../../services/prometheus/http-endpoint.ts';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { fixture, type Preloaded, preloaded } from '../helpers/preloaded.ts';

const folder = folderOfFile();
const collector = await collectorOfFile();
beforeAll(async () => {
  writeFileSync(join(folder, 'password'), 'a password of the test\n');
});

interface Service extends Preloaded {
  readonly url: string;
  readonly metrics: string;
}

async function serve(env: Readonly<Record<string, string>> = {}): Promise<Service> {
  const port = await getPort();
  const service = preloaded([fixture('chat-server.cjs')], {
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_METRIC_EXPORT_INTERVAL: '100',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    ...env,
  });
  return { ...service, url: `http://127.0.0.1:${await service.port}`, metrics: `http://127.0.0.1:${port}/metrics` };
}

async function scrape(
  { metrics }: Pick<Service, 'metrics'>,
  credentials = 'admin:admin',
  init: RequestInit = {},
): Promise<Response> {
  return fetch(metrics, { ...init, headers: { authorization: basic(credentials), ...init.headers } });
}

async function chatted(service: Service): Promise<string> {
  await fetch(`${service.url}/chat/alice@example.com`).then((answer) => answer.text());
  const body = () => scrape(service).then((answer) => answer.text());
  await expect.poll(body).toContain('onyx_chat_duration_seconds_count');
  return body();
}

describe("a service's own /metrics", () => {
  it('shows what was exported last, with pseudonyms, to whoever knows the password', async () => {
    const service = await serve();
    const body = await chatted(service);
    expect(body).toMatch(
      /^onyx_chat_duration_seconds_count\{model="small",user_id="u_[0-9a-f]{12}",success="true"\} 1$/m,
    );
    expect(body).toMatch(/^http_server_request_duration_seconds_count\{.*http_route="\/chat\/:user".*\} 1$/m);
    expect(body).not.toContain('alice');
    expect(body.endsWith('\n')).toBe(true);
    // However often it was scraped: scrapes are not traffic.
    expect(body.match(/^http_server_request_duration_seconds_count/gm)).toHaveLength(1);
    service.child.kill();
    const { stderr } = await service.ended;
    expect(stderr).toBe(
      'otel/register: /metrics has the password "admin": name a file that holds another in ONYX_METRICS_PASSWORD_FILE\n',
    );
  });

  it('is as the last export was, whatever was recorded since: a scrape computes nothing', async () => {
    const service = await serve({ OTEL_METRIC_EXPORT_INTERVAL: '60000' });
    const chats = async () => {
      await fetch(`${service.url}/chat/alice`).then((answer) => answer.text());
      return /^onyx_chat_duration_seconds_count.* (\d+)$/m.exec(await (await scrape(service)).text())?.[1];
    };
    const exported = async () => {
      const done = once(service.child, 'message');
      service.child.send('an export');
      await done;
    };
    expect(await chats()).toBe(undefined);
    await exported();
    expect([await chats(), await chats()]).toEqual(['1', '1']);
    await exported();
    expect(await chats()).toBe('3');
    service.child.kill();
    await service.ended;
  });

  it('says once that it has too many lines, how many, of which metric most are, and what to do', async () => {
    const port = await getPort();
    const { child, ended } = preloaded([fixture('many-lines.cjs')], {
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      ONYX_METRICS_PASSWORD_FILE: join(folder, 'password'),
    });
    const service = { metrics: `http://127.0.0.1:${port}/metrics` };
    const exports = async () => {
      const body = await (await scrape(service, 'admin:a password of the test')).text();
      return Number(/^app_exports_total(?:\{.*\})? (\d+)$/m.exec(body)?.[1] ?? 0);
    };
    await expect.poll(exports).toBeGreaterThan(2);
    child.kill();
    const { stderr } = await ended;
    expect(stderr.split('\n')).toHaveLength(2);
    const said =
      /^otel\/register: \/metrics has (\d+) lines, and a scrape of more than 10000 may take longer than 10 ms: lower ONYX_DETAIL, or drop a label of app_step_[a-j]_seconds, which has 1200\n$/;
    expect(stderr).toMatch(said);
    expect(Number(said.exec(stderr)?.[1])).toBeGreaterThan(12_000);
  });

  it.each(['0.0.0.0', '::', '10.0.0.7'])(
    'is not served on %s with the password everybody knows: one line says so, and the service runs',
    async (host) => {
      const service = await serve({ OTEL_EXPORTER_PROMETHEUS_HOST: host });
      expect((await fetch(`${service.url}/chat/bob`)).status).toBe(200);
      await expect(scrape(service)).rejects.toThrow('fetch failed');
      service.child.kill();
      expect((await service.ended).stderr).toBe(
        `otel/register: /metrics is not served on ${host} with the password "admin": name a file that holds another in ONYX_METRICS_PASSWORD_FILE\n`,
      );
    },
  );

  it('answers as HTTP asks: type, gzip, HEAD, 401, 404, 405', async () => {
    const service = await serve({
      ONYX_METRICS_USERNAME: 'prometheus',
      ONYX_METRICS_PASSWORD_FILE: join(folder, 'password'),
    });
    const known = 'prometheus:a password of the test';
    await expect.poll(() => scrape(service, known).then((answer) => answer.text())).toContain('target_info');

    const answer = await scrape(service, known, { headers: { 'accept-encoding': 'identity' } });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'content-length': String((await answer.arrayBuffer()).byteLength),
      vary: 'accept-encoding',
    });
    const gzipped = await new Promise<IncomingMessage>((resolve) =>
      get(service.metrics, { headers: { authorization: basic(known), 'accept-encoding': 'gzip' } }, resolve),
    );
    expect(gzipped.headers['content-encoding']).toBe('gzip');
    expect(String(gunzipSync(Buffer.concat(await gzipped.toArray())))).toContain('# TYPE target_info gauge');
    const head = await scrape(service, known, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await scrape(service, known, { headers: { 'accept-encoding': 'gzip;q=0' } })).headers.get('vary')).toBe(
      'accept-encoding',
    );

    for (const wrong of ['admin:admin', 'prometheus:', 'prometheus:a password', ':']) {
      const refused = await scrape(service, wrong);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        401,
        'Basic realm="metrics", charset="UTF-8"',
      ]);
    }
    expect((await fetch(service.metrics)).status).toBe(401);
    expect((await fetch(service.metrics.replace('/metrics', '/'))).status).toBe(404);
    const posted = await scrape(service, known, { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    service.child.kill();
    expect((await service.ended).stderr).toBe('');
  });

  it('compares credentials in constant time: digests of one length, however much of a guess is right', async () => {
    const known = 'admin:a password of the test';
    const service = await serve({
      NODE_OPTIONS: `--require ${fixture('compared.cjs')}`,
      ONYX_METRICS_PASSWORD_FILE: join(folder, 'password'),
    });
    for (const guess of [known, 'admin:a password of the tesT', 'admin:a', '']) {
      const answered = once(service.child, 'message');
      await scrape(service, guess);
      const [compared] = await answered;
      expect(compared).toEqual([[32, 32]]);
    }
    service.child.kill();
    await service.ended;
  });

  it('has the names that the collector gives, and exports to it as well when told to', async () => {
    const service = await serve({
      OTEL_METRICS_EXPORTER: 'otlp,prometheus',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      ONYX_METRICS_PASSWORD_FILE: join(folder, 'password'),
    });
    const names = (body: string) => [...body.matchAll(/^# TYPE (\S+ \S+)/gm)].map(([, name]) => name);
    const collected = async () => (await collector.scrape('suna')).body;
    await fetch(`${service.url}/chat/alice`).then((answer) => answer.text());
    await expect.poll(collected).toContain('onyx_chat_duration_seconds_count');
    await expect.poll(collected).toContain('onyx_telemetry_exports_total');
    const own = names(await (await scrape(service, 'admin:a password of the test')).text());
    expect(own.length).toBeGreaterThan(10);
    await expect.poll(async () => names(await collected())).toEqual(expect.arrayContaining(own));
    service.child.kill();
    await service.ended;
  });

  it('keeps no process alive, scrapers still connected', async () => {
    const service = await serve({ ONYX_METRICS_PASSWORD_FILE: join(folder, 'password') });
    const agent = new Agent({ keepAlive: true });
    const headers = { authorization: basic('admin:a password of the test') };
    await expect.poll(() => scrape(service, 'admin:a password of the test').then((answer) => answer.status)).toBe(200);
    await new Promise((resolve) =>
      get(service.metrics, { agent, headers }, (answer) => answer.resume().on('end', resolve)),
    );
    service.child.send('an empty event loop');
    expect(await service.ended).toMatchObject({ code: 0, signal: null });
    agent.destroy();
  });

  it('is not served by the workers of a cluster: one line of each says so, and what they record goes by OTLP', async () => {
    const port = await getPort();
    const program = preloaded([fixture('cluster.cjs')], {
      OTEL_METRICS_EXPORTER: 'otlp,prometheus',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_METRIC_EXPORT_INTERVAL: '2000',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      ONYX_METRICS_PASSWORD_FILE: join(folder, 'password'),
    });
    const chats = async () => {
      const { body } = await collector.scrape('suna');
      return [...body.matchAll(/^onyx_chat_duration_seconds_count\{.*model="(worker|primary)".* 1$/gm)].map(
        ([, model]) => model,
      );
    };
    await expect.poll(async () => (await chats()).sort()).toEqual(['primary', 'worker', 'worker']);
    program.child.send('end');
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    // Two workers, and the primary, whose own process is served, says nothing.
    const refusal = 'otel/register: /metrics is not served by the workers of a cluster: use OTLP\n';
    expect(stderr).toBe(refusal.repeat(2));
  });

  it('lets the service run with one line when its port is taken', async () => {
    const first = await serve({ ONYX_METRICS_PASSWORD_FILE: join(folder, 'password') });
    await expect.poll(() => scrape(first, 'admin:a password of the test').then((answer) => answer.status)).toBe(200);
    const second = await serve({
      ONYX_METRICS_PASSWORD_FILE: join(folder, 'password'),
      OTEL_EXPORTER_PROMETHEUS_PORT: new URL(first.metrics).port,
    });
    expect((await fetch(`${second.url}/chat/alice`)).status).toBe(200);
    second.child.kill();
    expect((await second.ended).stderr).toMatch(/^otel\/register: \/metrics is not served: .*EADDRINUSE.*\n$/);
    first.child.kill();
    await first.ended;
  });
});
