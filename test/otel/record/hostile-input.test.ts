// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { endpoints } from '../../../otel/src/catalogue/catalogue.ts';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { fixture, preloaded } from '../helpers/preloaded.ts';

const collector = await collectorOfFile();

/** Sends bytes unchanged, and waits for the server to close. */
async function send(port: number, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.resume().end(Buffer.from(bytes, 'latin1'));
  await once(socket, 'close');
}

const requests = [
  'GET /users/alice@example.com?token=hunter2 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\nCookie: hunter2\r\nConnection: close\r\n\r\n',
  `GET /users/${'x'.repeat(10_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  'GET /users/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /users/%00%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /users/%ed%a0%80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /alice@example.com/.env HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'PROPFIND /users/7 HTTP/1.1\r\nHost: "\\\xff\r\nConnection: close\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  `GET http://other.example/users/7 HTTP/1.1\r\nHost: x\r\nX-A: ${'\xff'.repeat(5_000)}\r\nConnection: close\r\n\r\n`,
  'GET /users/7 HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01garbage\r\n\r\n',
];

/** The text format 0.0.4, a sample a line. */
const sample = /^[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*",?)*\})? [-+\w.]+( \d+)?$/;

it('nothing hostile or personal reaches an endpoint or a log, and the service goes on', async () => {
  const instance = randomUUID();
  const service = preloaded([fixture('hostile-server.cjs')], {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
    OTEL_METRIC_EXPORT_INTERVAL: '2000',
    OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance},host.name=alice-laptop,user.email=alice@example.com`,
  });
  const port = await service.port;
  for (const request of requests) await send(port, request);
  expect((await fetch(`http://127.0.0.1:${port}/users/7`)).status).toBe(200);
  const served = (lines: readonly string[]) =>
    lines.filter((line) => line.startsWith('http_server_request_duration_seconds_count') && line.includes(instance));
  const arrived = async () => served((await collector.scrape('suna')).body.split('\n')).join('\n');
  // Not by the last export, which ends early on a busy machine.
  await expect.poll(arrived).toMatch(/http_route="\/users\/:id"/);
  await expect.poll(arrived).toMatch(/status_code="404"/);
  service.child.send('end');
  const { code, stderr } = await service.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

  const bodies = await Promise.all(endpoints.map(async (endpoint) => (await collector.scrape(endpoint)).body));
  const lines = bodies
    .join('')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.filter((line) => !sample.test(line))).toEqual([]);
  expect(lines.filter((line) => line.endsWith(' NaN') || /" [-+]Inf$/.test(line))).toEqual([]);
  const series = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  expect(series.filter((one, index) => series.indexOf(one) !== index)).toEqual([]);
  for (const secret of [/alice/i, /hunter2/, /192\.0\.2/, /1701234567/, /sk-live/, /x{100}/, /\.env/, /token=/]) {
    expect(lines.filter((line) => secret.test(line))).toEqual([]);
  }

  const counts = served(lines).map(
    (line) => `${/http_route="([^"]*)"/.exec(line)?.[1] ?? '-'} ${/status_code="(\w+)"/.exec(line)?.[1] ?? '-'}`,
  );
  expect(counts).toContain('/users/:id 200');
  expect(counts).toContain('- 404');
  // Values were normalised, not lost: each chat of the service is in some series.
  const chats = lines.filter((line) => line.startsWith('onyx_chat_duration_seconds_count') && line.includes(instance));
  expect(chats.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBeGreaterThanOrEqual(20);
  // Neither not a number nor infinity can be added to a counter.
  const dropped = lines.filter((line) => /^onyx_telemetry_dropped_total.*metric="app_events_total"/.test(line));
  expect(dropped).toEqual([expect.stringMatching(/reason="value"\} 2$/)]);
});
