// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import type { Express } from 'express';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Seconds a connection may be idle. Longer than any client keeps one, nginx with its 60 s included. A request that
 * a client sends into a connection we have just closed is lost.
 */
const idleSeconds = 75;

/**
 * Serves `app`, says so in one line, and on SIGTERM or SIGINT drains: no new connection is taken, answers under way are
 * finished, then `close` releases what would keep the process alive. Rejects when the address cannot be had.
 */
export async function serve(name: string, app: Express, { host, port }: Address, close: () => unknown): Promise<void> {
  const server = app.listen(port, host);
  server.keepAliveTimeout = idleSeconds * 1000;
  await once(server, 'listening');
  process.stdout.write(`${name} listens on http://${host}:${port}\n`);

  const drain = (): void => {
    server.close(close);
    // `close` waits for keep-alive connections too; those without a request are let go at once.
    server.closeIdleConnections();
  };
  process.once('SIGTERM', drain);
  process.once('SIGINT', drain);
}
