// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { fixture, preloaded } from '../helpers/preloaded.ts';

const collector = await collectorOfFile();
/** Stands between the process and the collector, and knows what became of each export. */
let between: Server;
let refuses = false;
const ledger = { delivered: 0, refused: 0 };
beforeAll(async () => {
  between = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    if (refuses) {
      ledger.refused++;
      response.writeHead(400).end();
      return;
    }
    const headers = { 'content-type': String(request.headers['content-type']) };
    const { status } = await fetch(collector.otlp, { method: 'POST', headers, body });
    ledger.delivered++;
    response.writeHead(status).end();
  });
  await once(between.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  between?.closeAllConnections();
  between?.close();
});

/** The values of a metric in the collector, by what stands between the labels every series has. */
async function values(name: string, label: string): Promise<Record<string, number>> {
  const { body } = await collector.scrape('suna');
  const line = new RegExp(`^${name}\\{.*\\b${label}="([^"]*)".* ([\\d.]+)$`, 'gm');
  return Object.fromEntries([...body.matchAll(line)].map(([, value, count]) => [value, Number(count)]));
}

describe('what a process tells of itself', () => {
  it('is exactly what was driven: exports that arrived and that were refused, measurements that were folded and dropped', async () => {
    const service = preloaded([fixture('chat-server.cjs')], {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `http://127.0.0.1:${(between.address() as AddressInfo).port}/v1/metrics`,
      // Twenty users.
      ONYX_DETAIL: '0.1',
      // None but those the test asks for.
      OTEL_METRIC_EXPORT_INTERVAL: '3600000',
    });
    const url = `http://127.0.0.1:${await service.port}`;
    const order = async (name: string): Promise<void> => {
      service.child.send(name);
      await once(service.child, 'message');
    };
    // Before anything went wrong, it is known that nothing has.
    await order('an export');
    expect(await values('onyx_telemetry_exports_total', 'success')).toEqual({ true: 0, false: 0 });

    // Thirty users, of whom twenty are shown: the chats of the other ten, one to three each, are folded.
    const chats = Array.from({ length: 30 }, (_, user) => 1 + (user % 3));
    for (let round = 0; round < 3; round++) {
      for (const [user, count] of chats.entries()) {
        if (round < count) await fetch(`${url}/chat/${user}`).then((answer) => answer.text());
      }
    }
    for (let count = 0; count < 5; count++) await order('an impossible duration');
    for (const [refused, times] of [
      [false, 1],
      [true, 3],
      [false, 1],
    ] as const) {
      refuses = refused;
      for (let time = 0; time < times; time++) await order('an export');
    }
    // The last one comes with the end, and holds those before it.
    const before = { ...ledger };
    service.child.send('process.exit');
    expect(await service.ended).toMatchObject({ code: 3 });
    expect(ledger).toEqual({ ...before, delivered: before.delivered + 1 });

    expect(before).toEqual({ delivered: 3, refused: 3 });
    expect(await values('onyx_telemetry_exports_total', 'success')).toEqual({
      true: before.delivered,
      false: before.refused,
    });
    const folded = chats.slice(20).reduce((sum, count) => sum + count, 0);
    expect(await values('onyx_telemetry_folds_total', 'metric')).toEqual({ onyx_chat_duration_seconds: folded });
    const shown = await values('onyx_chat_duration_seconds_count', 'user_id');
    expect(shown.other).toBe(folded);
    expect(Object.values(shown).reduce((sum, count) => sum + count, 0)).toBe(
      chats.reduce((sum, count) => sum + count, 0),
    );
    expect(await values('onyx_telemetry_dropped_total', 'reason')).toEqual({ value: 5 });
  });
});
