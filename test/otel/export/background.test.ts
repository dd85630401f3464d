// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { folderOfFile } from '../../folder.ts';
import { namespacesAllowed } from '../../namespaces.ts';
import { fixture, preload, preloaded } from '../helpers/preloaded.ts';

/*
 * Processes that end while an export of theirs is under way. Most recorded nothing: the last export, which register.test.ts is about,
 * has no part in it.
 */

const folder = folderOfFile();
const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

/** An export may take as long as its interval. */
const env = { OTEL_METRIC_EXPORT_INTERVAL: '2500' };

/** A collector, and when it has something of an export. */
interface Waiting {
  readonly port: number;
  readonly asked: Promise<unknown>;
}

async function listening(server: Server, event: 'connection' | 'request'): Promise<Waiting> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.on('connection', (socket) => stops.push(() => socket.destroy()));
  stops.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, asked: once(server, event) };
}

const hanging = () => listening(createServer(), 'connection');

const overloaded = () =>
  listening(
    createHttpServer((_request, response) => response.writeHead(503, { 'retry-after': '1' }).end()),
    'request',
  );

/** A host that answers no attempt to connect, as one behind a firewall: a full queue that is never emptied. */
async function silent(): Promise<Waiting> {
  const program = join(folder, 'stopped.cjs');
  writeFileSync(
    program,
    `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
      process.send(this.address().port);
    });`,
  );
  const server = fork(program);
  stops.push(() => server.kill('SIGKILL'));
  const [port] = await once(server, 'message');
  server.kill('SIGSTOP');
  const queue = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  stops.push(...queue.map((socket) => () => socket.destroy()));
  await Promise.any(queue.map((socket) => once(socket, 'connect')));
  /** As Linux writes them: the address, and 02 for an unanswered attempt. */
  const attempt = new RegExp(` 0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 02 `, 'g');
  const attempts = () => readFileSync('/proc/net/tcp', 'utf8').match(attempt)?.length ?? 0;
  const before = attempts();
  expect(before).toBeGreaterThan(0);
  return { port, asked: expect.poll(attempts).toBeGreaterThan(before) };
}

const namespaces = ['--mount', '--net'];
const allowed = await namespacesAllowed(namespaces);

describe.concurrent('an export that is under way', () => {
  it.each([
    ['hangs', hanging],
    ['is overloaded', overloaded],
    ['takes no connection', silent],
  ])('keeps no process alive that has nothing else to do when the collector %s', async (how, collector) => {
    if (how === 'takes no connection' && process.platform !== 'linux') return;
    const { port, asked } = await collector();
    const service = preloaded([fixture('chat-server.cjs')], {
      ...env,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    });
    await asked;
    const began = performance.now();
    service.child.send('an empty event loop');
    expect(await service.ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.skipIf(!allowed).each([
    ['process.exit', { code: 3, signal: null }],
    ['an empty event loop', { code: 0, signal: null }],
  ])('holds up no process that ends by %s when no name server answers', async (order, expected) => {
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.9\n');
    const command = ['silent-name-server.cjs', 'chat-server.cjs'].map(fixture);
    const script = `ip link set lo up
      mount --make-rprivate /
      mount --bind ${folder}/resolv.conf /etc/resolv.conf
      exec ${process.execPath} ${command[0]} '${order}' --require ${preload} ${command[1]}`;
    const { stdout, stderr } = await execa('unshare', [...namespaces, 'sh', '-ec', script], {
      env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318' },
    });
    const { millis, ...ended } = JSON.parse(stdout);
    expect({ ...ended, stderr }).toEqual({ ...expected, stderr: '' });
    expect(millis).toBeLessThan(1_000);
  });

  it('is waited for by a process that asked for it', async () => {
    let answered = 0;
    const slow = createHttpServer((request, response) => {
      request.resume().on('end', () => setTimeout(() => response.end().on('finish', () => answered++), 300));
    });
    const { port } = await listening(slow, 'request');
    const program = `import { metrics } from '@opentelemetry/api';
      process.disconnect();
      metrics.getMeter('app').createCounter('app_orders_total').add(1);
      await metrics.getMeterProvider().forceFlush();
      process.exitCode = 5;`;
    const { ended } = preloaded(['--input-type=module', '--eval', program], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    });
    // A module that is never done ends its process with 13.
    expect(await ended).toEqual({ code: 5, signal: null, stderr: '' });
    expect(answered).toBeGreaterThan(0);
  });
});
