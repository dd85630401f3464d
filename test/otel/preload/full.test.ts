// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { fixture, preload, preloaded, root, run } from '../helpers/preloaded.ts';

const collector = await collectorOfFile();

const nowhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };

it.each([
  ['', () => ({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp })],
  [
    ', at a collector that is named to the preload alone',
    () => ({ ...nowhere, ONYX_OTLP_METRICS_ENDPOINT: collector.otlp }),
  ],
])(
  "ONYX_INSTRUMENTATION=full: upstream's instrumentations with the views of the catalogue, and each request counted once%s",
  async (_, endpoint) => {
    const instance = randomUUID();
    const service = preloaded([fixture('chat-server.cjs')], {
      ONYX_INSTRUMENTATION: 'full',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      ...endpoint(),
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    });
    const url = `http://127.0.0.1:${await service.port}`;
    await fetch(`${url}/chat/alice@example.com`).then((answer) => answer.text());
    const lines = async (name: string): Promise<string[]> => {
      const { body } = await collector.scrape('suna');
      expect(body).not.toContain('alice');
      return body.split('\n').filter((line) => line.startsWith(name) && line.includes(instance));
    };
    await expect
      .poll(() => lines('onyx_chat_duration_seconds_count'))
      .toEqual([expect.stringMatching(/user_id="u_[0-9a-f]{12}".* 1$/)]);
    expect((await lines('onyx_chat_duration_seconds_bucket')).map((line) => /le="([^"]+)"/.exec(line)?.[1])).toEqual([
      ...['0.1', '0.5', '1', '1.5', '2', '5', '+Inf'],
    ]);
    expect(await lines('http_server_request_duration_seconds_count')).toEqual([
      expect.stringMatching(/http_route="\/chat\/:user".* 1$/),
    ]);
    service.child.send('process.exit');
    expect(await service.ended).toMatchObject({ code: 3, stderr: '' });
  },
);

it('ONYX_INSTRUMENTATION=full: the file alone, as it is mounted, says what it lacks and measures as without', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'full-'));
  const alone = join(folder, 'register.cjs');
  copyFileSync(preload, alone);
  const instance = randomUUID();
  const service = run(
    ['--require', alone, fixture('chat-server.cjs')],
    {
      ONYX_INSTRUMENTATION: 'full',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    },
    root,
  );
  await fetch(`http://127.0.0.1:${await service.port}/chat/alice`).then((answer) => answer.text());
  const requests = async () => {
    const { body } = await collector.scrape('suna');
    return body
      .split('\n')
      .filter((line) => line.startsWith('http_server_request_duration_seconds_count') && line.includes(instance));
  };
  await expect.poll(requests).toEqual([expect.stringMatching(/http_route="\/chat\/:user".* 1$/)]);
  service.child.send('process.exit');
  expect((await service.ended).stderr).toMatch(
    /^otel\/register: ONYX_INSTRUMENTATION=full: Cannot find module '\.\/full\.cjs'\. Install @onyx-metrics\/otel with .+\. Using http\n$/,
  );
  rmSync(folder, { recursive: true });
});

it('ONYX_INSTRUMENTATION=full: development tools are not measured', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'full-'));
  const npm = join(folder, 'npm-cli.js');
  writeFileSync(npm, 'setTimeout(() => process.disconnect(), 1500)');
  let connections = 0;
  const server = createServer((_request, response) => response.end()).on('connection', () => connections++);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const program = preloaded([npm], {
    ONYX_INSTRUMENTATION: 'full',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    OTEL_METRIC_EXPORT_INTERVAL: '100',
  });
  expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
  expect(connections).toBe(0);
  server.close();
  rmSync(folder, { recursive: true });
});

it("ONYX_INSTRUMENTATION=full: upstream reads the interval that the settings' page promises, not what was invalid", async () => {
  const program = preloaded(['--eval', 'process.send(process.env.OTEL_METRIC_EXPORT_INTERVAL, () => process.exit())'], {
    ONYX_INSTRUMENTATION: 'full',
    OTEL_METRIC_EXPORT_INTERVAL: '10s',
  });
  expect(await program.port).toBe('10000');
  await program.ended;
});
