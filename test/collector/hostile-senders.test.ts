// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endpoints } from '../../otel/src/catalogue/catalogue.ts';
import { root } from '../../services/native/environment.ts';
import { basic } from '../../services/prometheus/http-endpoint.ts';
import { folderOfFile } from '../folder.ts';
import { type Collector, startCollector } from './helpers/collector.ts';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { counter, message, send } from './helpers/otlp.ts';

const token = 'a-token-of-this-test';
const soon = { timeout: 60_000 };

const folder = folderOfFile();
await writeFile(join(folder, 'token'), token);
const collector = await collectorOfFile({ ONYX_OTLP_TOKEN_FILE: join(folder, 'token') }, ['collector.token.yaml']);

const valid = (service: string) => JSON.stringify(message({ service }, [counter('sent_total', [{ value: 1 }])]));

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const answer = await fetch(collector.otlp, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

/** The status of a gRPC export of so many bytes that mean nothing. */
async function grpcStatus(headers: Record<string, string>, bytes = 0): Promise<string> {
  const session = connect(`http://${collector.grpc}`);
  try {
    const call = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let status: unknown;
    const note = (received: Record<string, unknown>) => {
      status = received['grpc-status'] ?? status;
    };
    call.on('response', note).on('trailers', note).resume();
    // A message: no compression, its length, its bytes.
    const body = Buffer.alloc(5 + bytes);
    body.writeUInt32BE(bytes, 1);
    const closed = once(call, 'close');
    call.on('error', () => undefined).end(body);
    await closed;
    return String(status);
  } finally {
    session.close();
  }
}

describe('OTLP with a token', () => {
  test.each([
    ['none', ''],
    ['a wrong one', 'Bearer wrong'],
    ['the password of the endpoints', basic('admin:admin')],
  ])('%s is refused over HTTP, and the answer gives nothing away', async (_, authorization) => {
    const { status, text } = await post(valid('unknown'), { authorization });
    expect(status).toBe(401);
    expect(text).not.toContain(token);
  });

  test('is refused over gRPC without it and taken with it', async () => {
    expect(await grpcStatus({})).toBe('16');
    expect(await grpcStatus({ authorization: 'Bearer wrong' })).toBe('16');
    expect(await grpcStatus({ authorization: `Bearer ${token}` })).toBe('0');
  });

  test('is taken with it; nothing of the refused came through', async () => {
    expect((await post(valid('known'))).status).toBe(200);
    const { body } = await collector.scrape('apps');
    expect(body).toContain('sent_total{instance="sender-00000001-0",job="known"} 1');
    expect(body).not.toContain('job="unknown"');
  });

  test.each([
    ['http', 'at each export', 'setInterval(() => {}, 1000)'],
    ['http', 'at its end', 'process.exit()'],
    ['full', 'at each export', 'setInterval(() => {}, 1000)'],
  ])('is sent by a service with the preload (%s) %s, from the file it is told', async (instrumentation, when, then) => {
    const name = `preloaded-${instrumentation}-${when.length}`;
    const record = `require('@onyx-metrics/otel').chat.start({ model: 'm', userId: 'u' }).end({ success: true });`;
    const start = () =>
      execa(process.execPath, ['--require', 'otel/register', '-e', `${record} ${then}`], {
        cwd: root,
        reject: false,
        env: {
          OTEL_SERVICE_NAME: name,
          OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.otlp).origin,
          OTEL_METRIC_EXPORT_INTERVAL: '500',
          ONYX_INSTRUMENTATION: instrumentation,
          ONYX_OTLP_TOKEN_FILE: join(folder, 'token'),
        },
      });
    let service = start();
    try {
      const counted = new RegExp(`^onyx_chat_duration_seconds_count\\{.*job="${name}".*\\} 1$`, 'm');
      const shown = async () => {
        const { body } = await collector.scrape('apps');
        // Its last export holds nothing up, and ends early on a busy machine.
        if (!counted.test(body) && service.exitCode !== null) service = start();
        return body;
      };
      await expect.poll(shown, { ...soon, interval: 250 }).toMatch(counted);
    } finally {
      service.kill('SIGKILL');
      await service;
    }
  });

  test('changes as soon as its file does, in which two are valid while senders change over', async () => {
    const another = () => post(valid('late'), { authorization: 'Bearer another' });
    await writeFile(join(folder, 'token'), `another\n${token}\n`);
    await expect.poll(async () => (await another()).status).toBe(200);
    expect((await post(valid('late'))).status).toBe(200);
    await writeFile(join(folder, 'token'), 'another');
    await expect.poll(async () => (await post(valid('late'))).status).toBe(401);
    expect((await another()).status).toBe(200);
    await writeFile(join(folder, 'token'), token);
    await expect.poll(async () => (await post(valid('late'))).status).toBe(200);
  });
});

describe('what cannot be read is refused, and the next request is served', () => {
  const bomb = gzipSync(Buffer.alloc(512 * 1024 * 1024, ' '));
  test.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number]>([
    ['broken JSON', '{"resourceMetrics": [', {}, 400],
    ['JSON of something else', '{"resourceMetrics": "hunter2"}', {}, 400],
    ['broken protobuf', new Uint8Array(64).fill(255), { 'content-type': 'application/x-protobuf' }, 400],
    ['another content type', valid('text'), { 'content-type': 'text/plain' }, 415],
    ['what is not gzip but says so', valid('gzip'), { 'content-encoding': 'gzip' }, 400],
    ['a body above 4 MiB', ' '.repeat(4 * 1024 * 1024 + 1), {}, 400],
    ['a gzip bomb of 512 MiB', new Uint8Array(bomb), { 'content-encoding': 'gzip' }, 400],
  ])('%s', async (_, body, headers, expected) => {
    expect((await post(body, headers)).status).toBe(expected);
    expect(collector.log()).not.toContain('hunter2');
    expect((await post(valid('next'))).status).toBe(200);
  });

  test('a body above 4 MiB over gRPC', async () => {
    const authorization = `Bearer ${token}`;
    // Not what such bytes would mean: that it is too large.
    expect(await grpcStatus({ authorization }, 4 * 1024 * 1024 + 1)).toBe('8');
    expect(await grpcStatus({ authorization })).toBe('0');
  });

  test('none of it took memory', async () => {
    const status = await readFile(`/proc/${collector.pid}/status`, 'utf8');
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    expect(peak).toBeLessThan(500);
  });
});

test.each(endpoints)(
  'the endpoint of %s tells nothing to whoever does not know name and password',
  async (endpoint) => {
    for (const credentials of ['', 'admin:admin', `prometheus:${token}`, `root:${collector.password}`]) {
      const { status, body } = await collector.scrape(endpoint, credentials);
      expect(status).toBe(401);
      expect(body.trim()).toMatch(/^(no basic auth provided|invalid credentials.*|Unauthorized)$/i);
      expect(body).not.toContain(collector.password);
    }
  },
);

describe('a collector with little memory', () => {
  let little: Collector;

  beforeAll(async () => {
    // Near what it takes empty, and nothing is forgotten meanwhile: the number of series decides, not how fast they come.
    const limits = { processors: { 'memory_limiter/apps': { limit_mib: 65, spike_limit_mib: 10 } } };
    await writeFile(join(folder, 'limits.yaml'), JSON.stringify(limits));
    // At production's interval: where a collection takes longer than its interval, it may begin another before it ends.
    const settings = { ONYX_COLLECTION_INTERVAL: '15s', ONYX_EXPIRATION_APPS: '10s' };
    little = await startCollector(settings, [join(folder, 'limits.yaml')]);
  });
  afterAll(() => little?.stop());

  test('refuses the senders of `apps` in a way they try again, and takes from the others what they send', async () => {
    let series = 0;
    const flood = () => {
      const points = Array.from({ length: 10_000 }, () => ({ attributes: { model: `m-${series++}` }, value: 1 }));
      return send(little.otlp, { service: 'flooder' }, [counter('flood_total', points)]);
    };
    await expect.poll(flood).toBe(503);
    for (const service of ['suna', 'onyx'] as const) {
      expect(await send(little.otlp, { service }, [counter('taken_total', [{ value: 1 }])])).toBe(200);
      expect((await little.scrape(service)).body).toContain(
        `taken_total{instance="sender-00000001-0",job="${service}"} 1`,
      );
    }
    // A scrape forgets what has expired.
    const later = async () => {
      await little.scrape('apps');
      return send(little.otlp, { service: 'flooder' }, [counter('later_total', [{ value: 1 }])]);
    };
    await expect.poll(later).toBe(200);
  });

  test('ends with success on SIGTERM', async () => {
    // It asks for signals only after it has said that it is well; when it shows its first collection, a second later, it has.
    await expect.poll(async () => (await little.scrape('infra')).body).toContain('system_memory');
    expect(await little.stop('SIGTERM')).toBe(0);
  });
});
