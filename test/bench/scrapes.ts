// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa, type Message } from 'execa';
import { loadCore, onCore } from './pinned.ts';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** An endpoint and how it is asked: Prometheus asks for gzip. */
export interface Scraped {
  readonly url: string;
  readonly credentials: Credentials;
  /** Default: `gzip`. */
  readonly encoding?: string;
}

export interface Pace {
  readonly count: number;
  /** Milliseconds between the end of one scrape and the begin of the next. */
  readonly pause: number;
}

/** The arguments of a Node process that scrapes. */
const scrapingClient = ['--import', 'tsx', fileURLToPath(new URL('scraping-client.ts', import.meta.url))];

/** How many milliseconds each scrape took: one after the other on one connection, as Prometheus makes them, only sooner. */
export async function scrapes(scraped: Scraped, pace: Pace): Promise<number[]> {
  return (await scrapesInTurn([scraped], pace))[0] ?? [];
}

/**
 * The same for several endpoints, in turn: at the same time they would wait for each other.
 *
 * @param signal ends it before it has made them all
 */
export async function scrapesInTurn(
  endpoints: readonly Scraped[],
  { count, pause }: Pace,
  signal?: AbortSignal,
): Promise<number[][]> {
  const agents = endpoints.map(() => new Agent({ keepAlive: true }));
  const milliseconds = endpoints.map((): number[] => []);
  for (let round = 0; round < count; round += 1) {
    for (const [index, scraped] of endpoints.entries()) {
      if (signal?.aborted) break;
      const start = performance.now();
      await read(scraped, agents[index] as Agent);
      milliseconds[index]?.push(performance.now() - start);
      await setTimeout(pause);
    }
    if (signal?.aborted) break;
  }
  for (const agent of agents) agent.destroy();
  return milliseconds;
}

/** The same from a {@link scrapingClient}, until the signal. Resolves with the milliseconds of each endpoint. */
export async function scrapesElsewhere(
  endpoints: readonly Scraped[],
  pause: number,
  signal: AbortSignal,
): Promise<number[][]> {
  const client = execa(process.execPath, scrapingClient, { ipc: true, stdio: ['ignore', 'ignore', 'inherit'] });
  const pace: Pace = { count: Number.POSITIVE_INFINITY, pause };
  await client.sendMessage([endpoints, pace] as unknown as Message);
  if (!signal.aborted) await Promise.race([once(signal, 'abort'), client]);
  const answer = client.getOneMessage();
  await client.sendMessage('stop');
  const milliseconds = (await answer) as unknown as number[][];
  client.disconnect();
  await client;
  return milliseconds;
}

/**
 * How many milliseconds each scrape took, by curl, one after the other on one connection: a client in JavaScript takes as long itself
 * as what it measures.
 */
export async function scrapesByCurl(
  { url, credentials: { username, password } }: Scraped,
  {
    count,
    pauseMillis,
    headers = ['accept-encoding: gzip'],
  }: { readonly count: number; readonly pauseMillis: number; readonly headers?: readonly string[] },
): Promise<number[]> {
  const options = ['fail', 'silent', 'show-error', `user "${username}:${password}"`];
  const asked = headers.map((header) => `header "${header}"`);
  const each = ['output /dev/null', 'write-out "%{time_total}\\n"', `rate ${Math.round(1000 / pauseMillis)}/s`];
  const input = [...options, ...asked, ...each, `url "${url}?[1-${count}]"`].join('\n');
  const { stdout } = await execa(...onCore(loadCore, ['curl', '--config', '-']), { input });
  return stdout.split('\n').map((seconds) => Number(seconds) * 1000);
}

/** How many samples an endpoint exposes. */
export async function lines(scraped: Scraped): Promise<number> {
  const text = String(await read({ ...scraped, encoding: 'identity' }, new Agent()));
  return text.match(/^[^#\n]+$/gm)?.length ?? 0;
}

function read({ url, credentials, encoding = 'gzip' }: Scraped, agent: Agent): Promise<Buffer> {
  const auth = `${credentials.username}:${credentials.password}`;
  return new Promise((resolve, reject) => {
    get(url, { agent, auth, headers: { 'accept-encoding': encoding } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`));
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
    }).on('error', reject);
  });
}
