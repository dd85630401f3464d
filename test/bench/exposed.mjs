// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * A service whose metrics are as many as an endpoint may ever have: every label set of chats, and metrics of its own up to the line
 * budget. JavaScript, because a loader for TypeScript would be part of what is measured.
 * With a number as argument, it also answers with a constant text of so many bytes. Says `{ port }`, and, whenever it is asked, `{ stalls }`:
 * the longest time the event loop was held up in each tenth of a second since it was last asked, in milliseconds.
 */
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { chat, defineMetrics } from 'otel';

const own = defineMetrics({
  bench_value: {
    kind: 'histogram',
    description: 'Fills the endpoint.',
    unit: '{unit}',
    boundaries: [1, 2, 3, 4, 5, 6, 7],
    labels: { part: { limit: 100 } },
    maxLabelSets: 62,
  },
});
for (let user = 0; user < 100; user++) {
  for (const success of [true, false])
    chat.start({ model: `model-${user % 8}`, userId: `user ${user}` }).end({ success });
  own.bench_value.record(user % 9, { part: `part-${user}` });
}

const resolution = 1;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
const constant = Buffer.alloc(Number(process.argv[2]), 'x');
const server = createServer((_request, response) => response.end(constant)).listen(0, '127.0.0.1', () => {
  process.send?.({ port: server.address().port });
});
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
