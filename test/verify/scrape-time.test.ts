// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { scrapeTime } from '../../services/verify/checks/scrape-time.ts';
import { Platform } from '../../services/verify/platform.ts';
import { readSettings } from '../../services/verify/settings-file.ts';

/** What the check says of a service of which Prometheus knows that reading it takes so many seconds, by so many readings. */
async function judged(service: string, seconds: number, readings = 60) {
  const prometheus = createServer(({ url = '' }, response) => {
    const value = (number: number) => [{ metric: { service }, value: [0, String(number)] }];
    const known = url.includes('count_over_time')
      ? value(readings)
      : url.includes('collection_duration')
        ? value(seconds)
        : url.includes('collection_samples')
          ? value(900)
          : [];
    const data = url.includes('/targets') ? { activeTargets: [] } : { resultType: 'vector', result: known };
    response.end(JSON.stringify({ status: 'success', data }));
  }).listen(0, '127.0.0.1');
  await once(prometheus, 'listening');
  onTestFinished(() => void prometheus.close());
  const url = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
  const settings = readSettings(undefined, { prometheus: { url } });
  const rows = await scrapeTime.run(new Platform(settings, AbortSignal.timeout(10_000)));
  return rows.find(({ subject }) => subject === `${service}, as the collector reads it`);
}

test('a service that is read within 10 ms passes', async () => {
  expect(await judged('litellm', 0.009)).toEqual(
    expect.objectContaining({ verdict: 'pass', measured: 'p95 9.0 ms in 15 minutes, 900 lines' }),
  );
  expect(await judged('litellm', 0.009)).not.toHaveProperty('warning');
});

test('from 10 ms on it says where to cut what, with the lines to put there', async () => {
  expect(await judged('litellm', 0.049)).toMatchObject({
    verdict: 'pass',
    warning: expect.stringMatching(/^over 10 ms, cut it in LiteLLM's configuration, under litellm_settings/),
    lines: expect.stringContaining('  prometheus_metrics_config:\n'),
  });
  expect(await judged('supabase', 0.049)).toMatchObject({ verdict: 'pass', lines: '    databases: [postgres]\n' });
  expect(await judged('qdrant', 0.049)).toMatchObject({
    warning: expect.stringContaining('each collection has lines'),
  });
});

test('the slowest of a few readings is no p95, as right after a start', async () => {
  expect(await judged('litellm', 0.3, 5)).toMatchObject({
    verdict: 'not checked',
    reason: expect.stringContaining('of 5 readings: ask again after 20'),
  });
  expect(await judged('litellm', 0.009, 5)).toMatchObject({ verdict: 'pass' });
});

test('where its users notice it fails', async () => {
  expect(await judged('litellm', 0.3)).toMatchObject({
    verdict: 'fail',
    failure: { change: expect.stringContaining('prometheus_metrics_config:') },
  });
  expect(await judged('redis', 0.3)).toMatchObject({
    verdict: 'fail',
    measured: expect.stringMatching(/^mean of INFO 300.0 ms/),
    failure: { change: expect.stringContaining('SLOWLOG') },
  });
});

/** What the check says of an endpoint with so many lines, of a collector with upstream's exporter or ours. */
async function endpoint(lines: number, exporter: 'ours' | "upstream's") {
  const collector = createServer((_, response) => {
    response.end(Array.from({ length: lines }, (_, index) => `some_total{which="${index}"} 1\n`).join(''));
  }).listen(0, '127.0.0.1');
  const prometheus = createServer(({ url = '' }, response) => {
    // What has none of our exporter's own metrics is upstream's.
    const result = url.includes('unless') && exporter !== 'ours' ? [{ metric: {}, value: [0, '1'] }] : [];
    const { port } = collector.address() as AddressInfo;
    const target = {
      ...{ labels: { service: 'suna' }, scrapePool: 'suna', scrapeUrl: `http://127.0.0.1:${port}/metrics` },
      ...{ scrapeInterval: '15s', health: 'up', lastError: '', lastScrape: new Date().toISOString() },
    };
    const data = url.includes('/targets') ? { activeTargets: [target] } : { resultType: 'vector', result };
    response.end(JSON.stringify({ status: 'success', data }));
  }).listen(0, '127.0.0.1');
  await Promise.all([once(collector, 'listening'), once(prometheus, 'listening')]);
  onTestFinished(() => {
    collector.close();
    prometheus.close();
  });
  const url = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
  const settings = readSettings(undefined, { prometheus: { url } });
  const [row] = await scrapeTime.run(new Platform(settings, AbortSignal.timeout(30_000)));
  return row;
}

test("with upstream's exporter it says from how many lines on 10 ms are in danger, and warns of who has them", async () => {
  const danger = "upstream's exporter renders at each scrape: from 1000 lines on 10 ms are in danger";
  const few = await endpoint(900, "upstream's");
  expect(few).toMatchObject({ measured: expect.stringContaining(danger) });
  expect(few).not.toHaveProperty('warning');
  const many = await endpoint(1500, "upstream's");
  // A busy machine may need more than 10 ms for that, and then it is no warning any more.
  expect(many).toMatchObject(
    many?.verdict === 'fail' ? { failure: { cause: 'too many lines (1000 fit)' } } : { warning: danger },
  );
});

test('with our exporter nothing is said of that', async () => {
  const many = await endpoint(3000, 'ours');
  expect(many).toMatchObject({ measured: expect.not.stringContaining('danger') });
  expect(many).not.toHaveProperty('warning');
});
