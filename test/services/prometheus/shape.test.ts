// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Prometheus } from '../../../services/prometheus/prometheus.ts';

test('what answers, but is no Prometheus, is told in one line with the place', async () => {
  const body = JSON.stringify({ status: 'success', data: { activeTargets: [{ labels: 'none' }] } });
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = new Prometheus({ url, user: undefined, password: undefined }, new AbortController().signal);
  await expect(asked.targets()).rejects.toThrow(
    /^Prometheus \(targets\) answers, but not as it should at activeTargets\.0\.\w+: [^\n]+\?$/,
  );
  server.close();
});
