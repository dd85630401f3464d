// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { application, node } from '../helpers/installed.ts';
import { preload, run } from '../helpers/preloaded.ts';

const collector = await collectorOfFile();
const folder = folderOfFile();

/** Sends a request and returns the status of its answer, once all of it is there. */
async function ask(session: ClientHttp2Session, path: string, method = 'GET'): Promise<unknown> {
  const stream = session.request({ ':path': path, ':method': method });
  stream.resume().end();
  const [headers] = await once(stream, 'response');
  await once(stream, 'close');
  return headers[':status'];
}

/** What a server that serves HTTP/2 alone counts on this Node, however it answers. */
async function countedOn(binary: string): Promise<string[]> {
  const app = await application(
    folder,
    ['fastify@5.12.8'],
    ['frameworks/fastify-http2.cjs', 'frameworks/announce.cjs'],
  );
  const instance = randomUUID();
  const service = run(
    ['--require', preload, join(app, 'fastify-http2.cjs')],
    {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
      // Else it is measured a moment after it has begun to listen.
      ONYX_TELEMETRY_DOCTOR: '1',
    },
    app,
    binary,
  );
  const session = connect(`http://127.0.0.1:${await service.port}`).on('stream', (pushed) => pushed.resume());
  const statuses = [];
  for (const path of ['/users/alice', '/users/bob', '/pushes', '/alice']) statuses.push(await ask(session, path));
  statuses.push(await ask(session, '/fails/alice', 'POST'));
  expect(statuses).toEqual([200, 200, 200, 404, 500]);
  const hanging = session.request({ ':path': '/hangs' });
  hanging.on('error', () => {});
  // It is there when what was sent after it is answered.
  await ask(session, '/alice');
  hanging.close(constants.NGHTTP2_CANCEL);
  await once(hanging, 'close');
  await ask(session, '/alice');
  session.close();
  service.child.send('end');
  expect(await service.ended).toMatchObject({ code: 0, signal: null });
  const { body } = await collector.scrape('suna');
  return body
    .split('\n')
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count') && line.includes(instance))
    .map((line) => {
      const value = (label: string) => new RegExp(`${label}="([^"]+)"`).exec(line)?.[1] ?? '-';
      return `${value('method')} ${value('http_route')} ${value('status_code')} ${line.split(' ').at(-1)}`;
    })
    .sort();
}

// The Node may have to be installed first.
it.each(['22.23.3', '24.9.0', '26.10.0'])(
  'Node %s: HTTP/2 requests are counted, and nothing that a server pushes',
  { timeout: 300_000 },
  async (version) => {
    expect(await countedOn(await node(version))).toEqual([
      'GET - 404 3',
      'GET /hangs 499 1',
      'GET /pushes 200 1',
      'GET /users/:id 200 2',
      'POST /fails/:id 500 1',
    ]);
  },
);

it('Node 20, which publishes nothing of HTTP/2: they are answered all the same', async () => {
  expect(await countedOn(await node('20.20.2'))).toEqual([]);
});
