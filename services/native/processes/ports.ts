// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, createServer, type Server } from 'node:net';

// Below the range from which systems take the ports of outgoing connections, or one could be taken between claim and use.
const lowest = 20_000;
const blockSize = 32;
const blocks = 375;

export interface PortBlock {
  readonly ports: readonly number[];
  release(): void;
}

/**
 * Claims a block of free loopback ports. The claim is a listener on the block's first port, held until release: no other stack
 * takes the same block meanwhile, and the kernel ends the claim of a killed process.
 */
export async function claimPorts(): Promise<PortBlock> {
  const start = randomInt(blocks);
  for (let step = 0; step < blocks; step++) {
    const first = lowest + ((start + step) % blocks) * blockSize;
    const claim = await listen(first);
    if (claim === undefined) continue;
    const ports = Array.from({ length: blockSize - 1 }, (_, index) => first + 1 + index);
    const free = await Promise.all(ports.map(isPortFree));
    if (free.every(Boolean)) return { ports, release: () => claim.close() };
    claim.close();
  }
  throw new Error(
    `no ${blockSize} consecutive free ports from ${lowest} to ${lowest + blocks * blockSize}: stop other stacks`,
  );
}

/** Whether nothing listens on the port, neither on the loopback address nor on all addresses, and this process may. */
export async function isPortFree(port: number): Promise<boolean> {
  // macOS lets a program listen on 127.0.0.1 while another listens on all addresses, so listening alone proves nothing.
  if (await answers(port)) return false;
  const server = await listen(port);
  server?.close();
  return server !== undefined;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer().unref();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
