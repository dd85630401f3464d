// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHistogram, performance } from 'node:perf_hooks';
import autocannon from 'autocannon';

/*
 * The load generator, a process of its own so that it can be pinned to another core than the server.
 * Arguments: URL, seconds, connections. Says one `Load`.
 */

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

const [url = '', seconds, connections] = process.argv.slice(2);

// autocannon's own percentiles are whole milliseconds, and a trivial handler answers in less than one.
const microseconds = createHistogram();
const began = performance.now();
const { errors, non2xx } = await new Promise<autocannon.Result>((resolve, reject) => {
  autocannon({ url, duration: Number(seconds), connections: Number(connections) }, (error, result) =>
    error ? reject(error) : resolve(result),
  ).on('response', (_client, _status, _bytes, milliseconds) => {
    microseconds.record(Math.max(1, Math.round(milliseconds * 1000)));
  });
});
if (errors + non2xx > 0) throw new Error(`${errors} errors and ${non2xx} answers other than 2xx from ${url}`);
process.send?.({
  requests: microseconds.count,
  seconds: (performance.now() - began) / 1000,
  p50Milliseconds: microseconds.percentile(50) / 1000,
  p99Milliseconds: microseconds.percentile(99) / 1000,
} satisfies Load);
