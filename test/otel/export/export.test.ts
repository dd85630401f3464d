// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderOfFile } from '../../folder.ts';
import { preloaded } from '../helpers/preloaded.ts';
import { type SelfSigned, selfSigned } from '../helpers/self-signed.ts';

const folder = folderOfFile();
let signed: SelfSigned;
beforeAll(async () => {
  signed = await selfSigned();
  writeFileSync(join(folder, 'ca.pem'), signed.cert);
  writeFileSync(join(folder, 'key.pem'), signed.key);
});

/** A server that keeps the headers of what it is sent. */
async function receiver(
  tls?: 'server' | 'mutual',
): Promise<{ url: string; received: IncomingHttpHeaders[]; server: Server }> {
  const received: IncomingHttpHeaders[] = [];
  const { key, cert } = signed;
  const server = (
    tls ? createServer({ key, cert, ca: cert, requestCert: tls === 'mutual' }) : createPlainServer()
  ) as Server;
  server.on('request', (request, response) => {
    received.push({ ':path': request.url, ...request.headers });
    request.resume().on('end', () => response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, received, server };
}

const record = `require('@onyx-metrics/otel').chat.start({ model: 'm', userId: 'a' }).end({ success: true }); process.disconnect()`;

describe('an export', () => {
  it('has the headers and the compression that the environment names', async () => {
    const { url, received, server } = await receiver();
    const program = preloaded(['--eval', record], {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20bWU6cHc%3D,x-tenant=a',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-tenant=b',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    });
    expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(received).toMatchObject([
      {
        ':path': '/v1/metrics',
        authorization: 'Basic bWU6cHc=',
        'x-tenant': 'b',
        'content-encoding': 'gzip',
        'content-type': 'application/x-protobuf',
      },
    ]);
    server.close();
  });

  it('goes where the warnings about invalid settings say, not where upstream would send it', async () => {
    const { url, received, server } = await receiver();
    const program = preloaded(['--eval', record], {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a,hunter2',
    });
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT="collector:4317" is not an http or https URL'),
      expect.stringContaining('OTEL_EXPORTER_OTLP_HEADERS=its value is not'),
    ]);
    expect(received.map((headers) => [headers[':path'], headers['x-tenant']])).toEqual([['/v1/metrics', undefined]]);
    server.close();
  });

  it('goes to the collector that is named to the preload alone, with nothing that is meant for another', async () => {
    const [ours, theirs] = [await receiver(), await receiver()];
    const program = preloaded(['--eval', record], {
      ONYX_OTLP_METRICS_ENDPOINT: `${ours.url}/v1/metrics`,
      OTEL_EXPORTER_OTLP_ENDPOINT: theirs.url,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${theirs.url}/v1/metrics`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=hunter2',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    });
    expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(theirs.received).toEqual([]);
    expect(ours.received).toMatchObject([{ ':path': '/v1/metrics', 'content-type': 'application/x-protobuf' }]);
    expect(JSON.stringify(ours.received)).not.toMatch(/hunter2|gzip/);
    for (const { server } of [ours, theirs]) server.close();
  });

  const authority = { OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem' };
  const identity = { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: 'ca.pem', OTEL_EXPORTER_OTLP_CLIENT_KEY: 'key.pem' };
  it.each([
    ['arrives at a collector whose certificate the named authority signed', 'server', authority, 1],
    ['arrives nowhere without that authority', 'server', {}, 0],
    [
      'arrives at a collector that asks who sends, with the named certificate',
      'mutual',
      { ...authority, ...identity },
      1,
    ],
    ['arrives nowhere without that certificate', 'mutual', authority, 0],
  ] as const)('%s', async (_what, tls, files, arrivals) => {
    const { url, received, server } = await receiver(tls);
    const paths = Object.entries(files).map(([variable, file]) => [variable, join(folder, file)]);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...Object.fromEntries(paths) };
    expect(await preloaded(['--eval', record], env).ended).toMatchObject({ code: 0 });
    expect(received).toHaveLength(arrivals);
    server.close();
  });
});

describe('ONYX_TELEMETRY_DOCTOR=1', () => {
  it('prints what applies without secrets, and that the collector takes an export', async () => {
    const { url, received, server } = await receiver();
    const program = preloaded(['--eval', 'process.disconnect()'], {
      ONYX_TELEMETRY_DOCTOR: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: url.replace('//', '//me:hunter2@'),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
    });
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain('hunter2');
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.replace('otel/register: ', ''));
    expect(lines).toContain('OTEL_METRIC_EXPORT_INTERVAL = 5000');
    expect(lines).toContain('OTEL_SERVICE_NAME = suna');
    expect(lines).toContain('OTEL_EXPORTER_OTLP_HEADERS = set, not shown');
    expect(lines).toContain('ONYX_USER_ID = pseudonym (default)');
    expect(lines.at(-2)).toMatch(/^this process is suna-[0-9a-f]{8}-\d+ of suna$/);
    expect(lines.at(-1)).toBe('the collector took a test export');
    expect(received).toHaveLength(1);
    server.close();
  });

  it('says why the collector takes none', async () => {
    const program = preloaded(['--eval', 'process.disconnect()'], {
      ONYX_TELEMETRY_DOCTOR: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
    });
    const { stderr } = await program.ended;
    expect(stderr).toMatch(/otel\/register: the collector took no test export: connect ECONNREFUSED 127\.0\.0\.1:1\n$/);
  });
});
