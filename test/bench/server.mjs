// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * The service under test: Express 5, one route, started bare or with a preload. JavaScript, because a loader for TypeScript would
 * be part of what is measured. Arguments: the kind of its handler, and how much of it (see `handlers`).
 * Says `{ port }` when it listens and `{ cpu, rss }` (microseconds of CPU so far, bytes) whenever it is asked.
 */
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import express from 'express';
import { copyAndSort } from './work.mjs';

const [kind, amount] = process.argv.slice(2);

/** Connections to the database of {@link handlers.waits} that are idle now. */
const idle = [];
/** Keeps its connections, as `fetch` does. */
const agent = new Agent({ keepAlive: true });

const handlers = {
  /** Copies and sorts rows so many times. */
  works(request, response) {
    copyAndSort(Number(amount));
    response.json({ id: request.params.id, ok: true });
  },
  /** Asks the database at this port, over connections it keeps, as a driver does. */
  async waits(request, response) {
    const connection = idle.pop() ?? connect(Number(amount), '127.0.0.1');
    connection.write('?');
    const [row] = await once(connection, 'data');
    idle.push(connection);
    response.json({ id: request.params.id, row: row.length });
  },
  /** Asks the HTTP server at this port. */
  async asks(request, response) {
    const [answer] = await once(get({ host: 'localhost', port: Number(amount), agent }), 'response');
    answer.resume();
    await once(answer, 'end');
    response.json({ id: request.params.id, status: answer.statusCode });
  },
  /** The same by `fetch`. */
  async fetches(request, response) {
    const answer = await fetch(`http://localhost:${amount}`);
    await answer.text();
    response.json({ id: request.params.id, status: answer.status });
  },
  /** Sends an answer of so many tokens, each one when it is made. */
  async streams(request, response) {
    response.type('text/event-stream');
    for (let token = 0; token < Number(amount); token += 1) {
      response.write(`data: {"id":"${request.params.id}","token":"token ${token}"}\n\n`);
      await setImmediate();
    }
    response.end();
  },
};

const application = express();
const middleware = globalThis[Symbol.for('onyx.bench.middleware')];
if (middleware !== undefined) application.use(middleware);
const server = application
  .get('/items/:id', handlers[kind])
  .listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
