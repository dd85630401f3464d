// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer as createHttpServer, get } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import getPort from 'get-port';
import { afterEach, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../collector/helpers/collector.ts';
import { fixture, type Preloaded, preloaded } from '../helpers/preloaded.ts';

/** Exports so often that a test of seconds holds as many as minutes of production do. */
const intervalMillis = 50;

interface Service extends Preloaded {
  readonly url: string;
  readonly agent: Agent;
}

const running: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const { stop } of running.splice(0)) await stop();
});

async function serviceSendingTo(endpoint: string, env: Record<string, string> = {}): Promise<Service> {
  const service = preloaded(['--expose-gc', fixture('chat-server.cjs')], {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: String(intervalMillis),
    ...env,
  });
  const agent = new Agent({ keepAlive: true });
  running.push({
    stop: () => {
      agent.destroy();
      service.child.kill('SIGKILL');
    },
  });
  return { ...service, agent, url: `http://127.0.0.1:${await service.port}` };
}

/** Milliseconds one request takes. */
async function chat({ url, agent }: Service): Promise<number> {
  const start = performance.now();
  const [answer] = await once(get(`${url}/chat/alice`, { agent }), 'response');
  await once(answer.resume(), 'end');
  return performance.now() - start;
}

async function heap({ child }: Service): Promise<number> {
  child.send('the size of its heap');
  const [bytes] = await once(child, 'message');
  return bytes as number;
}

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const connections = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => connections.add(socket));
  running.push({
    stop: () => {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (milliseconds: number, status: number) => () =>
  listening(
    createHttpServer((request, response) => {
      request.resume().on('end', () => setTimeout(() => response.writeHead(status).end(), milliseconds));
    }),
  );

describe('a collector that', () => {
  it.each([
    ['is absent', async () => `http://127.0.0.1:${await getPort()}`],
    ['hangs', () => listening(createServer(() => {}))],
    ['answers after half a second', answering(500, 200)],
    ['is overloaded', answering(0, 503)],
    ['refuses', answering(0, 401)],
    [
      'answers garbage',
      () => listening(createServer((socket) => socket.on('error', () => {}).end('\u0000\u0001garbage\r\n'))),
    ],
  ])('%s changes no latency and no memory, and is worth one line', async (_how, collector) => {
    const suffering = await serviceSendingTo(await collector());
    const healthy = await serviceSendingTo(await answering(0, 200)());
    const samples: [number[], number[]] = [[], []];
    const round = async (): Promise<void> => {
      samples[0].push(await chat(suffering));
      samples[1].push(await chat(healthy));
    };
    for (let warmUp = 0; warmUp < 100; warmUp++) await round();
    for (const sample of samples) sample.length = 0;
    const before = await heap(suffering);
    const start = performance.now();
    // Forty exports at least.
    while (performance.now() - start < 40 * intervalMillis || samples[0].length < 300) await round();
    const grown = (await heap(suffering)) - before;
    const [suffered, normal] = samples.map((sample) => sample.sort((one, other) => one - other));
    const quantile = (sorted: number[] = [], q: number): number => sorted[Math.floor(sorted.length * q)] ?? Number.NaN;
    expect(quantile(suffered, 0.5)).toBeLessThan(quantile(normal, 0.5) * 1.5);
    expect(quantile(suffered, 0.95)).toBeLessThan(quantile(normal, 0.95) * 2 + 1);
    expect(grown).toBeLessThan(2_000_000);
    suffering.child.send('process.exit');
    const { code, stderr } = await suffering.ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(/^otel\/register: metrics cannot be delivered [^\n]*\n$/);
  });

  it('comes back gets exact totals, and two lines were written', async () => {
    const address = `127.0.0.1:${await getPort()}`;
    const instance = randomUUID();
    const start = (): Promise<Collector> => startCollector({ ONYX_OTLP_HTTP_ENDPOINT: address });
    const chats = async (collector: Collector): Promise<string[]> => {
      const { body } = await collector.scrape('suna');
      const count = new RegExp(`^onyx_chat_duration_seconds_count\\{.*${instance}.* (\\d+)$`, 'gm');
      return [...body.matchAll(count)].map(([, value = '']) => value);
    };
    const first = await start();
    const service = await serviceSendingTo(`http://${address}`, {
      // An export has that long: on a busy machine a real collector may need more than the others have here.
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    });
    let stderr = '';
    service.child.stderr?.on('data', (data) => {
      stderr += data;
    });
    for (let count = 0; count < 20; count++) await chat(service);
    await expect.poll(() => chats(first)).toEqual(['20']);
    await first.stop();
    for (let count = 0; count < 30; count++) await chat(service);
    await expect.poll(() => stderr).toContain('cannot be delivered');
    const second = await start();
    running.push(second);
    await expect.poll(() => chats(second)).toEqual(['50']);
    await expect.poll(() => stderr).toContain('delivered again');
    service.child.send('process.exit');
    expect((await service.ended).stderr.match(/^otel\/register: /gm)).toHaveLength(2);
  });
});
