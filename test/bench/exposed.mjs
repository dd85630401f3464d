// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * A service with many series. JavaScript, because a loader for TypeScript would be part of what is measured.
 * Arguments: a file with `recorders`, which of them, the number of series, and the size of a constant text in bytes. What the file exposes
 * itself (`expose`) is what it answers with, else the constant text. Says `{ port }`, and, whenever it is asked, `{ stalls }`:
 * the longest time the event loop was held up in each tenth of a second since it was last asked, in milliseconds.
 */
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { labelSets } from './label-sets.mjs';

const [file, kind, series, bytes] = process.argv.slice(2);
const { recorders, expose } = await import(file);
for (const { model, tenant, success, seconds } of labelSets(Number(series)))
  recorders[kind](model, tenant, success, seconds);

const resolution = 1;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
const constant = Buffer.alloc(Number(bytes), 'x');
const server = createServer(async (_request, response) => response.end((await expose?.()) ?? constant)).listen(
  0,
  '127.0.0.1',
  () => process.send?.({ port: server.address().port }),
);
let stalls = [];
setInterval(() => {
  stalls.push(Math.max(0, delay.max / 1e6 - resolution));
  delay.reset();
}, 100);
process.on('message', () => {
  process.send?.({ stalls });
  stalls = [];
});
process.on('disconnect', () => process.exit());
