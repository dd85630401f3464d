// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * A process that has just started. Argument: `records` makes it use an instrument first.
 * Says `{ cpu, rss, modules }`: microseconds of CPU and bytes so far, and files loaded; then ends.
 */
if (process.argv[2] === 'records') require('otel').chat.start({ model: 'm', userId: 'u' }).end({ success: true });

const { user, system } = process.cpuUsage();
const modules = Object.keys(require.cache).length;
process.send({ cpu: user + system, rss: process.memoryUsage().rss, modules }, () => process.exit());
