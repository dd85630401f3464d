// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { personalData } from '../../services/verify/checks/personal-data.ts';
import { Platform } from '../../services/verify/platform.ts';
import { readSettings } from '../../services/verify/settings-file.ts';

/** What the check says of a Prometheus that has these label values. */
async function judged(values: Readonly<Record<string, readonly string[]>>) {
  const prometheus = createServer(({ url = '' }, response) => {
    const [, label] = /\/label\/(\w+)\/values/.exec(url) ?? [];
    const data = url.includes('/targets')
      ? { activeTargets: [] }
      : label === undefined
        ? Object.keys(values)
        : (values[label] ?? []);
    response.end(JSON.stringify({ status: 'success', data }));
  }).listen(0, '127.0.0.1');
  await once(prometheus, 'listening');
  onTestFinished(() => void prometheus.close());
  const { port } = prometheus.address() as AddressInfo;
  const settings = readSettings(undefined, { prometheus: { url: `http://127.0.0.1:${port}` } });
  return personalData.run(new Platform(settings, AbortSignal.timeout(10_000)));
}

test('the images, models and containers of a platform alarm nobody', async () => {
  const [finding] = await judged({
    image: [
      'supabase/postgres:17.6.1.136',
      'postgres:17.6.1.136',
      'ghcr.io/berriai/litellm:main-v1.106.2',
      'redis:7.4-alpine',
    ],
    model: ['vertex_ai/claude-opus-4-1@20250805', 'xai/grok-4.20-0309', 'cloudflare/@cf/openai/whisper'],
    container: ['chat-supabase-db-1', 'onyx-metrics-collector'],
  });
  expect(finding).toMatchObject({ verdict: 'pass', measured: '9 values of 3 labels look harmless' });
});

test.each([
  ['an IP address', 'model', 'postgres:10.6.1.136'],
  ['an IP address', 'server_address', '17.6.1.136'],
  ['an e-mail address', 'image', 'ann@example.com'],
  ['an identity number', 'http_route', '/users/131052-908T'],
  ['a telephone number', 'http_route', '/users/030-23125012'],
  ['a MAC address', 'server_address', '00-00-5e-00-53-01'],
])('%s in %s is told by its label, and not repeated', async (kind, label, value) => {
  const [finding] = await judged({ [label]: ['harmless', value] });
  expect(finding).toMatchObject({ verdict: 'fail', measured: `${kind} in ${label} (1 of 2 values)` });
  expect(JSON.stringify(finding)).not.toContain(value);
});
