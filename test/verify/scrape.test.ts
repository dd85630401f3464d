// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { scrape } from '../../services/verify/scrape.ts';

const metrics = '# HELP a What it is.\n# TYPE a counter\na{b="c"} 1\na{b="d"} 2\n\nup 1\n';

test('60 scrapes go over one connection and ask for gzip; the one that opens it is not counted, the slowest is the maximum', async () => {
  const asked: (string | undefined)[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    asked.push([request.headers['accept-encoding'], request.headers.authorization].join(' '));
    if (asked.length === 1) await delay(1000);
    if (asked.length === 10) await delay(50);
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(metrics));
  }).listen(0, '127.0.0.1');
  server.on('connection', () => {
    connections += 1;
  });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  const found = await scrape(url, { authorization: 'Basic any' }, 60, new AbortController().signal);
  expect({ asked, connections }).toEqual({ asked: Array(61).fill('gzip Basic any'), connections: 1 });
  expect(found).toMatchObject({ lines: 3, bytes: gzipSync(metrics).length, gzip: true });
  expect(found.max).toBeGreaterThanOrEqual(0.049);
  expect(found.max).toBeLessThan(1);
  expect(found.p50).toBeLessThanOrEqual(found.p95);
  expect(found.p95).toBeLessThan(found.max);
});
