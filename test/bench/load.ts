// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHistogram, performance } from 'node:perf_hooks';
import autocannon from 'autocannon';

/*
 * The load generator, a process of its own so that it can be pinned to another core than the server. Answers each `Wanted` with a `Load`.
 */

/** For so many seconds, or so many requests, which leaves none unanswered at its end. */
export type Wanted = { readonly url: string; readonly connections: number } & (
  | { readonly duration: number }
  | { readonly amount: number }
);

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

process.on('message', async (wanted: Wanted) => {
  // autocannon's own percentiles are whole milliseconds, and a trivial handler answers in less than one.
  const microseconds = createHistogram();
  const began = performance.now();
  let answered = began;
  const { errors, non2xx } = await new Promise<autocannon.Result>((resolve, reject) => {
    // It ends at a sample, by default one a second.
    autocannon({ ...wanted, sampleInt: 5 }, (error, result) => (error ? reject(error) : resolve(result))).on(
      'response',
      (_client, _status, _bytes, milliseconds) => {
        answered = performance.now();
        microseconds.record(Math.max(1, Math.round(milliseconds * 1000)));
      },
    );
  });
  if (errors + non2xx > 0) throw new Error(`${errors} errors and ${non2xx} answers other than 2xx from ${wanted.url}`);
  process.send?.({
    requests: microseconds.count,
    seconds: (answered - began) / 1000,
    p50Milliseconds: microseconds.percentile(50) / 1000,
    p99Milliseconds: microseconds.percentile(99) / 1000,
  } satisfies Load);
});
process.on('disconnect', () => process.exit());
