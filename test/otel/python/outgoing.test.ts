// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { selfSigned } from '../helpers/self-signed.ts';
import { frameworksPython, packagesFor, packagesOf, preload } from './python.ts';
import { attached, run } from './service.ts';
import { pythonOf } from './versions.ts';

/*
 * What a Python process asks of others, by each library that it may do so with, compared with what the asked server has seen.
 */

/** What the labels of each kind of call say in addition to method, address and port; those without a status never reach an answer. */
const outcomes: Readonly<Record<string, { readonly status?: string; readonly error?: string }>> = {
  answered: { status: '200' },
  empty: { status: '204' },
  head: { status: '200' },
  streamed: { status: '200' },
  moved: { status: '302' },
  refused: { status: '404', error: '404' },
  failed: { status: '503', error: '503' },
  late: { error: 'timeout' },
  dropped: { error: 'connection_reset' },
  cut: { status: '200', error: 'connection_reset' },
  short: { status: '200', error: 'connection_reset' },
  'broken-off': { status: '200', error: 'aborted' },
};

const asked = new Map<string, number>();
const answer: RequestListener = (request, response) => {
  const kind = (request.url ?? '').split('/').at(-1) ?? '';
  asked.set(kind, (asked.get(kind) ?? 0) + 1);
  if (kind === 'late') return;
  if (kind === 'dropped') return void request.socket.destroy();
  if (kind === 'moved') response.setHeader('location', '/a-path/answered');
  if (kind === 'short' || kind === 'head') response.setHeader('content-length', 1000);
  if (['streamed', 'cut', 'short', 'broken-off'].includes(kind)) response.write('first');
  if (kind === 'cut' || kind === 'short') return void setImmediate(() => request.socket.destroySoon());
  if (kind === 'broken-off') return;
  response.statusCode = Number(outcomes[kind]?.status ?? 200);
  response.end(kind === 'head' || kind === 'empty' ? undefined : 'last');
};

const [collector, python, folder] = await Promise.all([collectorOfFile(), frameworksPython(), preload()]);
let packages: Record<string, string>;
let server: Server;
let secure: Server;
const portOf = (each: Server) => (each.address() as AddressInfo).port;
beforeAll(async () => {
  packages = { Python: await packagesOf(python), 'Python 3.14': newest ? await packagesFor('3.14') : '' };
  server = createServer(answer);
  secure = createSecureServer(await selfSigned(), answer) as Server;
  for (const each of [server, secure]) await once(each.listen(0), 'listening');
}, 300_000);
afterAll(async () => {
  for (const each of [server, secure]) each?.closeAllConnections();
  for (const each of [server, secure]) each?.close();
});

/** Lines of the metric, as `method address port status error count`. */
async function counted(job: string): Promise<string[]> {
  const { body } = await collector.scrape('apps');
  return body
    .split('\n')
    .filter((line) => line.startsWith('http_client_request_duration_seconds_count') && line.includes(`job="${job}"`))
    .map((line) => {
      const label = (name: string) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '-';
      const names = ['http_request_method', 'server_address', 'server_port', 'http_response_status_code', 'error_type'];
      return [...names.map(label), line.split(' ').at(-1)].join(' ');
    })
    .sort();
}

const newest = await pythonOf('3.14');
const all = ['http_client', 'urllib', 'urllib3', 'requests', 'httpx', 'httpx_later', 'aiohttp'];
const libraries = [
  ...all.map((library) => ({ library, on: 'Python' })),
  ...(newest ? all : []).map((library) => ({ library, on: 'Python 3.14' })),
];

describe('what a Python process asks of others', { timeout: 120_000 }, () => {
  test.each(libraries)(
    'by $library on $on is counted as the asked server has seen it, to the end of each answer',
    async ({ library, on }) => {
      asked.clear();
      const job = `outgoing-${library}-${on.length}`;
      const [program, ...words] = on === 'Python' ? [python] : (newest ?? []);
      const closed = await getPort();
      const at = `http://localhost:${portOf(server)}/a-path`;
      const { code, output } = await run(
        program ?? '',
        [
          ...words,
          'outgoing.py',
          library,
          ...Object.keys(outcomes).map((kind) => `${at}/${kind}`),
          `http://127.0.0.1:${portOf(server)}/a-path/answered`,
          `https://localhost:${portOf(secure)}/a-path/untrusted`,
          `http://localhost:${closed}/a-path/closed`,
          'http://nowhere.invalid/a-path/unknown',
        ],
        { ...attached(`${folder}:${packages[on]}`, job, collector.otlp), OTEL_METRIC_EXPORT_INTERVAL: '60000' },
      ).ended;
      expect({ code, output }).toEqual({ code: 0, output: '' });
      const counts: Record<string, number> = {};
      const add = (key: string, count: number) => {
        counts[key] = (counts[key] ?? 0) + count;
      };
      for (const [kind, { status = '-', error = '-' }] of Object.entries(outcomes)) {
        const method = kind === 'head' ? 'HEAD' : 'GET';
        // One of them by an address that is no name.
        add(
          `${method} localhost ${portOf(server)} ${status} ${error}`,
          (asked.get(kind) ?? 0) - (kind === 'answered' ? 1 : 0),
        );
      }
      add(`GET other ${portOf(server)} 200 -`, 1);
      add(`GET localhost ${portOf(secure)} - tls`, 1);
      add(`GET localhost ${closed} - connection_refused`, 1);
      add('GET nowhere.invalid 80 - name_not_resolved', 1);
      expect(asked.size).toBe(Object.keys(outcomes).length);
      expect(await counted(job)).toEqual(
        Object.entries(counts)
          .map(([key, count]) => `${key} ${count}`)
          .sort(),
      );
    },
  );
});
