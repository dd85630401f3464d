// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openPorts } from '../../services/verify/listening.ts';

async function listening(host: string): Promise<number> {
  const server = createServer();
  await once(server.listen(0, host), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a port is open when something listens on it beyond the loopback address, by either version of IP', async () => {
  const [closed, open] = await Promise.all(
    [
      ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1'],
      ['0.0.0.0', '::'],
    ].map((hosts) => Promise.all(hosts.map(listening))),
  );
  expect(await openPorts([...(closed ?? []), ...(open ?? [])])).toEqual(open);
});
