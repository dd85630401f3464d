// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import getPort from 'get-port';
import { describe, expect, test } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { frameworksPython, preload } from './python.ts';
import { counted, nameOf, serve, served } from './served.ts';
import { attached, run } from './service.ts';

/*
 * Each framework on each server that serves it, as real processes that know nothing of metrics, compared with what the client of this
 * test was answered.
 */

/** Opens a WebSocket and has a word come back by it. https://www.rfc-editor.org/rfc/rfc6455 */
async function openSocket(port: number, path: string): Promise<Socket> {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const asked = request({ port, path, headers: { ...headers, 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' } }).end();
  const [, socket] = (await once(asked, 'upgrade')) as [unknown, Socket];
  // Text of four bytes, under a mask of zeros.
  socket.write(Buffer.from([0x81, 0x84, 0, 0, 0, 0, ...Buffer.from('echo')]));
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('echo');
  return socket;
}

const [collector, python, folder] = await Promise.all([collectorOfFile(), frameworksPython(), preload()]);

describe('a Python service that is attached and nothing else', { timeout: 120_000 }, () => {
  test.each(served.map((each, index) => ({ ...each, job: `python-${index}`, name: nameOf(each) })))(
    '$name: every request arrives once, by the template of its route',
    async ({ job, ...each }) => {
      const { ledger, output } = await serve([python], each, attached(folder, job, collector.otlp));
      expect(output).not.toMatch(/^onyx_metrics: /m);
      expect(Object.values(ledger).reduce((sum, count) => sum + count)).toBe(each.nested ? 32 : 31);
      const failed = Object.entries(ledger).filter(([key]) => key.endsWith(' 500'));
      expect(failed.map(([, count]) => count)).toEqual([3]);
      const { requests, instances } = await counted(collector, job);
      expect(requests).toEqual(ledger);
      // A supervisor that serves nothing is no instance of the service; a worker may not have started when all was asked.
      expect(instances).toBeGreaterThanOrEqual(1);
      expect(instances).toBeLessThanOrEqual(each.workers ?? 1);
    },
  );

  test.each(['fastapi_app', 'starlette_app'])(
    'has no request of a WebSocket of %s, open for as long as it may be',
    async (app) => {
      const port = await getPort();
      const job = `sockets-${app.replace('_app', '')}`;
      const service = run(python, ['-m', 'uvicorn', `${app}:app`, '--port', String(port)], {
        ...attached(folder, job, collector.otlp),
        OTEL_METRIC_EXPORT_INTERVAL: '200',
      });
      const ask = async () => expect((await fetch(`http://127.0.0.1:${port}/items/1`)).status).toBe(200);
      try {
        await service.written(/Uvicorn running/);
        const socket = await openSocket(port, '/socket/1');
        // What is exported once this has arrived was measured with the socket open.
        await ask();
        await expect.poll(() => counted(collector, job)).toMatchObject({ requests: { '/items/{item} 200': 1 } });
        const { body } = await collector.scrape('apps');
        const own = body.split('\n').filter((line) => line.includes(`job="${job}"`));
        expect(own.filter((line) => line.startsWith('http_server_active_requests'))).toEqual([
          expect.stringMatching(/ 0$/),
        ]);
        socket.destroy();
        await ask();
      } finally {
        service.child.kill('SIGTERM');
      }
      expect((await service.ended).output).not.toMatch(/^onyx_metrics: /m);
      expect((await counted(collector, job)).requests).toEqual({ '/items/{item} 200': 2 });
    },
  );
});
