// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import cluster from 'node:cluster';
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { unmeasured } from '../measure/http-server.ts';
import type { Settings } from '../settings.ts';

const path = '/metrics';
const methods: readonly (string | undefined)[] = ['GET', 'HEAD'];

/** The version is the text format's. https://prometheus.io/docs/instrumenting/exposition_formats/ */
const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** A scrape of as many takes 10 ms where the service is busy (`npm run bench -- endpoint`). */
const mostLines = 10_000;

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * A service's own `/metrics`: what was exported last. It is rendered once per export and kept plain and gzipped, so that a
 * scrape computes nothing. Neither its server nor its connections keep the process alive, and its scrapes are not traffic.
 */
export class Endpoint {
  readonly #expected: Buffer;
  readonly #server: Server;
  #plain: Buffer = Buffer.from('');
  #gzipped: Buffer | undefined;
  #log: ((line: string) => void) | undefined;

  /** `log` is told once when there are too many lines. */
  constructor({ username, password }: Credentials, log: (line: string) => void) {
    this.#log = log;
    this.#expected = digest(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    this.#server = createServer((request, response) => this.#answer(request, response));
    unmeasured.add(this.#server);
    this.#server.unref().on('connection', (socket) => socket.unref());
  }

  /** Listens; a port that is taken or an address that is not there is one line in the log. */
  listen(port: number, host: string, log: (line: string) => void): void {
    this.#server.on('error', ({ message }) => log(`/metrics is not served: ${message}`)).listen(port, host);
  }

  close(): void {
    this.#server.close();
  }

  /** Shows this export from now on. */
  async show(metrics: ResourceMetrics): Promise<void> {
    // Only a process with an endpoint pays for the serializer.
    const { expositionOf } = await import('./exposition.ts');
    const text = await expositionOf(metrics);
    this.#warn(text);
    const plain = Buffer.from(text);
    const gzipped = await new Promise<Buffer | undefined>((resolve) => {
      gzip(plain, { level: 1 }, (error, gzipped) => resolve(error === null ? gzipped : undefined));
    });
    // Both at once, or a scrape right after an export would get it uncompressed.
    this.#plain = plain;
    this.#gzipped = gzipped;
  }

  #warn(text: string): void {
    // Most are far from it, and need not be counted: no line is shorter than this.
    const shortest = 'a 1\n'.length;
    if (this.#log === undefined || text.length < mostLines * shortest) return;
    const lines = linesOf(text);
    if (lines <= mostLines) return;
    const [largest = ''] = text.split(/^(?=# HELP )/m).sort((a, b) => linesOf(b) - linesOf(a));
    this.#log(
      `/metrics has ${lines} lines, and a scrape of more than ${mostLines} may take longer than 10 ms: ` +
        `lower ONYX_DETAIL, or drop a label of ${largest.split(' ', 3)[2]}, which has ${linesOf(largest)}`,
    );
    this.#log = undefined;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) {
      const { status, why, headers } = refusal;
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${why}\n`);
      return;
    }
    const gzipped = acceptsGzip(request) ? this.#gzipped : undefined;
    const body = gzipped ?? this.#plain;
    response.writeHead(200, {
      'content-type': contentType,
      'content-length': body.length,
      'cache-control': 'no-store',
      vary: 'accept-encoding',
      ...(gzipped !== undefined && { 'content-encoding': 'gzip' }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #refusalOf({ url, method, headers }: IncomingMessage): Refusal | undefined {
    if (url?.split('?', 1)[0] !== path) return { status: 404, why: `the metrics are at ${path}` };
    if (!methods.includes(method)) {
      return { status: 405, why: 'metrics are read with GET', headers: { allow: methods.join(', ') } };
    }
    // Digests are of one length, so that the comparison tells nothing about the password's.
    if (timingSafeEqual(digest(headers.authorization ?? ''), this.#expected)) return undefined;
    const challenge = { 'www-authenticate': 'Basic realm="metrics", charset="UTF-8"' };
    return { status: 401, why: 'user name and password are needed', headers: challenge };
  }
}

interface Refusal {
  readonly status: number;
  readonly why: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves `/metrics` as the settings ask.
 *
 * @returns nothing in a worker of a cluster, where a scrape would read one worker at random. Nothing either on an address that others
 *   reach, as long as the password is the default.
 * @throws when the password file is empty
 */
export function startEndpoint(settings: Settings, log: (line: string) => void): Endpoint | undefined {
  const { metricsUsername: username, metricsPasswordFile: file, prometheusPort: port, prometheusHost: host } = settings;
  if (cluster.isWorker) {
    log('/metrics is not served by the workers of a cluster: use OTLP');
    return undefined;
  }
  if (file === undefined) {
    const remedy = 'name a file that holds another in ONYX_METRICS_PASSWORD_FILE';
    if (!loopback.test(host)) {
      log(`/metrics is not served on ${host} with the password "admin": ${remedy}`);
      return undefined;
    }
    log(`/metrics has the password "admin": ${remedy}`);
  }
  const password = file === undefined ? 'admin' : readFileSync(file, 'utf8').trim();
  if (password === '') throw new Error(`${file} holds no password`);
  const endpoint = new Endpoint({ username, password }, log);
  endpoint.listen(port, host, log);
  return endpoint;
}

/** How many lines have a value. */
function linesOf(text: string): number {
  let lines = 0;
  // Not cut into pieces: each scrape of a long page is counted.
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    if (end > start && text[start] !== '#') lines += 1;
    start = end + 1;
  }
  return lines;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function acceptsGzip({ headers }: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(String(headers['accept-encoding'] ?? ''));
}
