// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { sixAtOnce } from './six-at-once.ts';

/** Those of the ports on which this machine can be reached from outside. Ports that Docker publishes are among them. */
export async function openPorts(ports: readonly number[]): Promise<readonly number[]> {
  const listening = await listeningOutside();
  return listening === undefined ? reachedFromOutside(ports) : ports.filter((port) => listening.has(port));
}

/** What Linux calls a socket that waits for connections, and addresses that cannot be reached from outside: 127.0.0.0/8, the same as IPv6, and ::1. */
const waiting = '0A';
const loopback = /^(.{6}7F|0{16}FFFF0000.{6}7F|0{24}01000000)$/;

/** As Linux itself tells it, which disturbs no service; undefined on another system. */
async function listeningOutside(): Promise<ReadonlySet<number> | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  if (!tables[0]) return undefined;
  return new Set(
    tables.flatMap((table) =>
      table.split('\n').flatMap((line) => {
        const [, local = '', , state] = line.trim().split(/\s+/);
        const [address = '', port = ''] = local.split(':');
        return state === waiting && !loopback.test(address) ? [Number.parseInt(port, 16)] : [];
      }),
    ),
  );
}

async function reachedFromOutside(ports: readonly number[]): Promise<number[]> {
  const addresses = Object.values(networkInterfaces())
    .flatMap((found = []) => found)
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  const doors = addresses.flatMap(({ address }) => ports.map((port) => ({ address, port })));
  const open = await sixAtOnce(doors, async ({ address, port }) => ((await accepts(address, port)) ? [port] : []));
  return [...new Set(open.flat())];
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: 500 });
  try {
    await Promise.race([
      once(socket, 'connect'),
      once(socket, 'timeout').then(() => Promise.reject(new Error('closed'))),
    ]);
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
