// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { createConnection } from 'node:net';

/** Resolves once the process can serve; rejects with the reason why it cannot yet. Asked again until it does. */
export type Check = (signal: AbortSignal) => Promise<void>;

/** Ready when the URL answers with a 2xx status. */
export function http(url: string): Check {
  return async (signal) => {
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  };
}

/** Ready when Redis answers PING to who knows its password. */
export function redisPing(port: number, password: string): Check {
  return async (signal) => {
    const socket = createConnection(port, '127.0.0.1');
    try {
      await once(socket, 'connect', { signal });
      socket.write(`AUTH ${password}\r\nPING\r\n`);
      let answer = '';
      while (answer.split('\r\n').length < 3) answer += String((await once(socket, 'data', { signal }))[0]);
      if (answer !== '+OK\r\n+PONG\r\n') throw new Error(`127.0.0.1:${port} answered ${answer.trim()}`);
    } finally {
      socket.destroy();
    }
  };
}
