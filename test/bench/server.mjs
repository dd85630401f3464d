// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * The service under test: Express 5, one route, started bare or with a preload. JavaScript, because a loader for TypeScript would
 * be part of what is measured. Argument: how many times the rows are copied and sorted before the answer.
 * Says `{ port }` when it listens and `{ cpu, rss }` (microseconds of CPU so far, bytes) whenever it is asked.
 */
import express from 'express';
import { copyAndSort } from './work.mjs';

const copies = Number(process.argv[2]);

const server = express()
  .get('/items/:id', (request, response) => {
    copyAndSort(copies);
    response.json({ id: request.params.id, ok: true });
  })
  .listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
