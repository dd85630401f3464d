// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { type Ended, fixture, preloaded, run } from '../helpers/preloaded.ts';

const collector = await collectorOfFile();
const folder = folderOfFile();

/** The environment that sends to the real collector, under a model name of its own so that tests do not meet. */
function toCollector(): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp, OTEL_METRIC_EXPORT_INTERVAL: '60000' };
}

/** The lines of an endpoint that start with `name` and contain `part`. */
async function lines(name: string, part: string): Promise<string[]> {
  const { body } = await collector.scrape('suna');
  return body.split('\n').filter((line) => line.startsWith(name) && line.includes(part));
}

/** Counts how many connections a process without a reason to export made. */
async function countingServer(): Promise<{ server: Server; url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((_request, response) => response.end()).on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
  };
}

describe('the preload', () => {
  it.each([
    ['process.exit', { code: 3, signal: null }],
    ['an uncaught exception', { code: 1, signal: null }],
    ['an empty event loop', { code: 0, signal: null }],
    ['its own handler of SIGTERM', { code: 7, signal: null }],
    ['SIGTERM', { code: null, signal: 'SIGTERM' }],
    ['SIGINT', { code: null, signal: 'SIGINT' }],
    ['SIGTERM while it runs another program', { code: null, signal: 'SIGTERM' }],
  ])(
    'delivers the last values of a service that ends by %s, and leaves how it ends alone',
    async (ending, expected) => {
      const instance = randomUUID();
      const service = preloaded([fixture('chat-server.cjs')], {
        ...toCollector(),
        OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
      });
      const url = `http://127.0.0.1:${await service.port}`;
      for (const user of ['alice@example.com', 'bob']) {
        await fetch(`${url}/chat/${user}`, { headers: { connection: 'close' } }).then((answer) => answer.text());
      }
      service.child.send(ending);
      expect(await service.ended).toMatchObject(expected);
      const counts = await lines('onyx_chat_duration_seconds_count', instance);
      expect(counts).toHaveLength(2);
      for (const line of counts) expect(line).toMatch(/user_id="u_[0-9a-f]{12}".* 1$/);
      expect(await lines('http_server_request_duration_seconds_count', instance)).toEqual([
        expect.stringMatching(/http_route="\/chat\/:user".* 2$/),
      ]);
      expect((await collector.scrape('suna')).body).not.toContain('alice');
    },
  );

  it.each(['--require', '--import'] as const)(
    'measures an ES module that only imports node:http, with %s',
    async (flag) => {
      const instance = randomUUID();
      const service = preloaded(
        [fixture('http-server.mjs')],
        { ...toCollector(), OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}` },
        flag,
      );
      await fetch(`http://127.0.0.1:${await service.port}/private/path`).then((answer) => answer.text());
      service.child.send('end');
      await service.ended;
      const [count] = await lines('http_server_request_duration_seconds_count', instance);
      expect(count).toMatch(/http_response_status_code="200".* 1$/);
      expect(count).not.toContain('http_route');
    },
  );

  it('exports while the service runs, every interval', async () => {
    const instance = randomUUID();
    const service = preloaded([fixture('chat-server.cjs')], {
      ...toCollector(),
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    });
    await fetch(`http://127.0.0.1:${await service.port}/chat/alice`).then((answer) => answer.text());
    await expect.poll(() => lines('onyx_chat_duration_seconds_count', instance)).toHaveLength(1);
    for (const name of [
      'nodejs_eventloop_delay_p99_seconds',
      'v8js_memory_heap_used_bytes',
      'process_cpu_time_seconds',
    ]) {
      await expect.poll(() => lines(name, instance)).not.toEqual([]);
    }
    service.child.kill();
    await service.ended;
  });

  it('gives every process an instance id, or two would overwrite each other, and the name in OTEL_SERVICE_NAME before that among the attributes', async () => {
    const service = preloaded([fixture('chat-server.cjs')], {
      ...toCollector(),
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=onyx',
    });
    await fetch(`http://127.0.0.1:${await service.port}/chat/alice`).then((answer) => answer.text());
    service.child.send('process.exit');
    await service.ended;
    expect(await lines('onyx_chat_duration_seconds_count', 'instance="suna-')).toHaveLength(1);
  });

  it.each([
    ['cohort', ['c_0', 'c_1', 'c_2', 'c_3']],
    ['off', ['other']],
  ])('shows no user with ONYX_USER_ID=%s, and counts every chat', async (mode, shown) => {
    const instance = randomUUID();
    const chats = `const { chat } = require('@onyx-metrics/otel');
      for (let user = 0; user < 60; user++) chat.start({ model: 'm', userId: 'user ' + user }).end({ success: true });
      process.disconnect();`;
    const program = preloaded(['--eval', chats], {
      ...toCollector(),
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
      ONYX_USER_ID: mode,
      ONYX_USER_ID_MAX: '4',
    });
    expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
    const counts = await lines('onyx_chat_duration_seconds_count', instance);
    expect(counts.map((line) => /user_id="(.*?)"/.exec(line)?.[1]).sort()).toEqual(shown);
    expect(counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(60);
  });

  it('reports a process once: worker threads make no series of their own', async () => {
    const instance = randomUUID();
    const program = preloaded([fixture('with-worker.cjs')], {
      ...toCollector(),
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    });
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    const counts = await lines('onyx_chat_duration_seconds_count', instance);
    expect(counts).toEqual([expect.stringContaining('model="main"')]);
  });

  it('lets a process that may start no thread end as it would, with one line about its last values', async () => {
    const record = `require('@onyx-metrics/otel').chat.start({ model: 'm', userId: 'a' }).end({ success: true }); process.disconnect()`;
    const program = preloaded(['--experimental-permission', '--allow-fs-read=*', '--eval', record]);
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    // Node itself says that the option is an experiment.
    expect(stderr.match(/^otel\/register: .*$/gm)).toEqual([
      expect.stringContaining('the last values are not delivered: Access to this API has been restricted'),
    ]);
  });

  it('is nothing in a process that records nothing: no connection, no output', async () => {
    const { server, url, connections } = await countingServer();
    const program = preloaded(['--eval', 'process.disconnect()'], { OTEL_EXPORTER_OTLP_ENDPOINT: url });
    expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(connections()).toBe(0);
    server.close();
  });

  describe('costs a process at most a second at its end', () => {
    /** Milliseconds from the order to end to the end of a service that has something to deliver, and how it ended. */
    async function ending(order: string, env: Record<string, string>): Promise<{ millis: number; ended: Ended }> {
      const service = preloaded([fixture('chat-server.cjs')], env);
      await fetch(`http://127.0.0.1:${await service.port}/chat/alice`).then((answer) => answer.text());
      const start = performance.now();
      service.child.send(order);
      const ended = await service.ended;
      return { millis: performance.now() - start, ended };
    }

    it.each([
      ['nobody listens', 'SIGTERM', { code: null, signal: 'SIGTERM' }],
      ['the collector hangs', 'SIGTERM', { code: null, signal: 'SIGTERM' }],
      ['the collector hangs', 'SIGINT', { code: null, signal: 'SIGINT' }],
      ['the collector hangs', 'process.exit', { code: 3, signal: null }],
      ['the collector hangs', 'an uncaught exception', { code: 1, signal: null }],
      ['the collector hangs', 'an empty event loop', { code: 0, signal: null }],
    ])('when %s: %s', async (how, order, expected) => {
      const hanging = createServer(() => {}).listen(0, '127.0.0.1');
      await once(hanging, 'listening');
      const port = how === 'nobody listens' ? 1 : (hanging.address() as AddressInfo).port;
      // What else the machine does may add to it, never take from it: the least of three rounds is what the preload adds.
      let added = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 3 && added >= 1_000; round++) {
        const [bare, measured] = await Promise.all([
          ending(order, { OTEL_SDK_DISABLED: 'true' }),
          ending(order, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }),
        ]);
        for (const { ended } of [bare, measured]) expect(ended).toMatchObject(expected);
        added = Math.min(added, measured.millis - bare.millis);
      }
      expect(added).toBeLessThan(1_000);
      hanging.closeAllConnections();
      hanging.close();
    });
  });

  it('says once that metrics cannot be delivered and once that they are again', async () => {
    let status = 400;
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const service = preloaded([fixture('chat-server.cjs')], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OTEL_METRIC_EXPORT_INTERVAL: '50',
    });
    let said = '';
    service.child.stderr?.on('data', (data) => {
      said += data;
    });
    await fetch(`http://127.0.0.1:${await service.port}/chat/alice`).then((answer) => answer.text());
    await expect.poll(() => said).toContain('cannot be delivered');
    await once(server, 'request');
    await once(server, 'request');
    status = 200;
    await expect.poll(() => said).toContain('delivered again');
    service.child.send('process.exit');
    const { stderr } = await service.ended;
    expect(stderr.match(/^otel\/register: /gm)).toHaveLength(2);
    server.close();
  });

  it.each([
    ['a key file that cannot be used', { ONYX_USER_ID_KEY_FILE: '/dev/null' }, 'the application runs without metrics'],
    ['a setting that makes no sense', { ONYX_USER_ID: 'raw' }, 'ONYX_USER_ID="raw" is not one of'],
  ])('lets the application run with one line about %s', async (_what, env, line) => {
    const program = preloaded(
      ['--eval', 'require("@onyx-metrics/otel"); process.exitCode = 5; process.disconnect()'],
      env,
    );
    const { code, stderr }: Ended = await program.ended;
    expect(code).toBe(5);
    expect(stderr).toMatch(new RegExp(`^otel/register: ${line}[^\n]*\n$`));
  });

  it.each([
    ['the SDK is disabled', { OTEL_SDK_DISABLED: 'true' }],
    ['metrics are exported to nobody', { OTEL_METRICS_EXPORTER: 'none' }],
  ])('sends and says nothing when %s', async (_why, env) => {
    const { server, url, connections } = await countingServer();
    const program = preloaded([fixture('with-worker.cjs')], { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env });
    expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(connections()).toBe(0);
    server.close();
  });

  it('works as one file with no node_modules beside it, named in NODE_OPTIONS', async () => {
    const instance = randomUUID();
    copyFileSync('otel/dist/register.cjs', join(folder, 'register.cjs'));
    expect(statSync(join(folder, 'register.cjs')).size).toBeLessThan(1.5e6);
    copyFileSync(fixture('http-server.mjs'), join(folder, 'server.mjs'));
    const env = {
      ...toCollector(),
      OTEL_SERVICE_NAME: 'suna',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    };
    const service = run(['server.mjs'], { ...env, NODE_OPTIONS: '--require ./register.cjs' }, folder);
    await fetch(`http://127.0.0.1:${await service.port}/`).then((answer) => answer.text());
    service.child.send('end');
    expect(await service.ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(await lines('http_server_request_duration_seconds_count', instance)).toHaveLength(1);
  });
});
