// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * A process that has just started. Argument: what it does first (`nothing`, `records` a measurement, `serves` a request).
 * Says `{ cpu, rss, modules }`: microseconds of CPU and bytes so far, and files loaded; then ends.
 */
function say() {
  const { user, system } = process.cpuUsage();
  const modules = Object.keys(require.cache).length;
  process.send({ cpu: user + system, rss: process.memoryUsage().rss, modules }, () => process.exit());
}

const first = {
  nothing: say,
  records() {
    require('@onyx-metrics/otel').chat.start({ model: 'm', userId: 'u' }).end({ success: true });
    say();
  },
  serves() {
    const { createServer, get } = require('node:http');
    const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1', () => {
      get({ port: server.address().port }, (response) => response.resume().on('end', () => setImmediate(say)));
    });
  },
};
first[process.argv[2]]();
