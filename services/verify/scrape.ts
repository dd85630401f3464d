// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** How long an endpoint takes, in seconds, and how much it says. */
export interface Scrapes {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Lines with a value. */
  readonly lines: number;
  /** As they travel. */
  readonly bytes: number;
  /** Whether they travel compressed: not every server does so. */
  readonly gzip: boolean;
}

/**
 * Asks an endpoint so many times, one after the other over one connection, compressed, as Prometheus does. One more comes before: it
 * opens the connection. Rejects with what was answered instead of metrics.
 */
export async function scrape(
  url: string,
  headers: Readonly<Record<string, string>>,
  times: number,
  signal: AbortSignal,
): Promise<Scrapes> {
  const secure = url.startsWith('https:');
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
  const once = async () => {
    const began = performance.now();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { agent, signal, headers: { ...headers, 'accept-encoding': 'gzip' } };
      (secure ? requestHttps : requestHttp)(url, options, resolve).on('error', reject).end();
    });
    const body = await buffer(answer);
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
    return { seconds: (performance.now() - began) / 1000, body, gzip: answer.headers['content-encoding'] === 'gzip' };
  };
  try {
    const { body, gzip } = await once();
    const taken: number[] = [];
    while (taken.length < times) taken.push((await once()).seconds);
    taken.sort((a, b) => a - b);
    const at = (share: number) => taken[Math.ceil(share * times) - 1] ?? Number.NaN;
    const text = (gzip ? gunzipSync(body) : body).toString();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    return { p50: at(0.5), p95: at(0.95), max: at(1), lines, bytes: body.length, gzip };
  } finally {
    agent.destroy();
  }
}
