// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, endpoints, startCollector } from './collector.ts';
import { counter, histogram, instance, send } from './otlp.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

/** Everything happens every second here; the machine may be busy. */
const soon = { timeout: 30_000 };

let collector: Collector;
let prometheus: Prometheus;

beforeAll(async () => {
  collector = await startCollector({ ONYX_EXPIRATION: '5s', ONYX_EXPIRATION_APPS: '5s' });
  prometheus = await startPrometheus(collector);
});

afterAll(async () => {
  await prometheus?.stop();
  await collector?.stop();
});

test('Prometheus reaches every endpoint with the password from its file', async () => {
  const reached = async () =>
    (await prometheus.query('up == 1')).map(({ metric }) => metric.service ?? metric.job).sort();
  await expect.poll(reached, soon).toEqual([...endpoints, 'prometheus'].sort());
});

test('what was counted before the first scrape of a new series counts', async () => {
  const start = Date.now() - 3000;
  const sent = [
    counter('onyx_first_total', [{ value: 7, start }]),
    histogram('onyx_first_seconds', [0.5, 1], [{ counts: [1, 2, 3], sum: 9, start }]),
  ];
  await send(collector.otlp, { service: 'suna' }, sent);
  for (const [series, value] of [
    ['onyx_first_total', '7'],
    ['onyx_first_seconds_count', '6'],
    ['onyx_first_seconds_bucket{le="1.0"}', '3'],
  ]) {
    const samples = async () => (await prometheus.query(`${series}[1m]`))[0]?.values?.slice(0, 2);
    await expect.poll(samples, soon).toEqual([
      [start / 1000, '0'],
      [expect.any(Number), value],
    ]);
  }
});

test.each([-1, 1])(
  'a sender whose clock is %i h off loses nothing, also when its clock is put right',
  async (hours) => {
    const name = `clock_off_${hours < 0 ? 'behind' : 'ahead'}_total`;
    const at = Date.now() + hours * 3_600_000;
    await send(collector.otlp, { service: 'suna' }, [counter(name, [{ value: 7, at, start: at - 3000 }])]);
    const samples = async () => (await prometheus.query(`${name}[1m]`))[0]?.values?.map(([, value]) => value) ?? [];
    await expect.poll(samples, soon).toEqual(expect.arrayContaining(['0', '7']));
    await send(collector.otlp, { service: 'suna' }, [counter(name, [{ value: 9 }])]);
    await expect.poll(async () => (await samples()).at(-1), soon).toBe('9');
  },
);

test.each([
  ['suna', 'suna', {}],
  ['billing', 'apps', { app: 'billing' }],
])('%s cannot choose its job, service or instance labels', async (sender, endpoint, app) => {
  const attributes = {
    job: 'qdrant',
    service: 'qdrant',
    instance: 'forged',
    app: 'forged',
    exported_job: 'forged',
    exported_service: 'forged',
    exported_instance: 'forged',
  };
  const name = `forged_by_${sender}_total`;
  await send(collector.otlp, { service: sender, instance: instance(1) }, [counter(name, [{ attributes, value: 1 }])]);
  const labels = async () => (await prometheus.query(name))[0]?.metric;
  await expect.poll(labels, soon).toEqual({
    __name__: name,
    job: endpoint,
    service: endpoint,
    instance: instance(1),
    ...app,
  });
});

test('the series of a sender that stops end with its expiration', async () => {
  await send(collector.otlp, { service: 'onyx' }, [counter('short_lived_total', [{ value: 1 }])]);
  await expect.poll(() => prometheus.query('short_lived_total'), soon).toHaveLength(1);
  await expect.poll(() => prometheus.query('short_lived_total'), soon).toHaveLength(0);
});

test('a secret planted anywhere in what is sent is nowhere in Prometheus', async () => {
  const secret = 'hunter2';
  const planted = 'hunter2@example.com';
  const labels = { [secret]: secret, [planted]: planted, email: secret, model: planted, user_id: secret };
  const resource = { 'host.name': secret, [`host.${secret}`]: secret };
  const kept = counter('planted_total', [{ attributes: labels, value: 1 }], `Written by ${secret}.`);
  const metrics = [kept, { ...kept, name: 'planted_units_total', unit: secret }, counter(planted, [{ value: 1 }])];
  for (const service of ['suna', planted])
    await send(collector.otlp, { service, instance: planted, resource }, metrics, { name: secret, version: secret });
  await expect.poll(() => prometheus.query('{__name__=~"planted.*"}'), soon).toHaveLength(4);
  const everything = await Promise.all(
    [
      'metadata',
      'targets',
      'label/__name__/values',
      `series?${new URLSearchParams({ 'match[]': '{__name__!=""}' })}`,
    ].map(async (path) => (await fetch(`${prometheus.url}/api/v1/${path}`)).text()),
  );
  expect(everything.join()).toContain('planted_total');
  expect(everything.join()).not.toMatch(/hunter2/i);
});

test('a sender with too many label values fails the scrape of its own endpoint only, which comes back by itself', async () => {
  const up = async () =>
    Object.fromEntries(
      (await prometheus.query('up{service!=""}')).map(({ metric, value }) => [metric.service, value?.[1]]),
    );
  const well = Object.fromEntries(endpoints.map((name) => [name, '1']));
  for (const first of [0, 7000, 14_000]) {
    const points = Array.from({ length: 7000 }, (_, index) => ({
      attributes: { model: `m-${first + index}` },
      value: 1,
    }));
    expect(await send(collector.otlp, { service: 'flooder' }, [counter('flood_total', points)])).toBe(200);
  }
  const reason = async () => {
    const { data } = (await (await fetch(`${prometheus.url}/api/v1/targets`)).json()) as {
      data: { activeTargets: { labels: Record<string, string>; lastError: string }[] };
    };
    return data.activeTargets.find(({ labels }) => labels.job === 'apps')?.lastError;
  };
  await expect.poll(reason, soon).toContain('sample limit exceeded');
  expect(await up()).toEqual({ ...well, apps: '0' });
  await expect.poll(up, soon).toEqual(well);
  expect(await prometheus.query('min_over_time(up{service!~"apps|"}[20s]) == 0')).toEqual([]);
});

test('a service is up while it reports, down when only its endpoint answers, unknown without the collector', async () => {
  const up = async () => {
    const services = await prometheus.query('onyx:service_up');
    return Object.fromEntries(services.map(({ metric, value }) => [metric.service, value?.[1]]));
  };
  const none = { suna: '0', onyx: '0', qdrant: '0', supabase: '0', redis: '0', litellm: '0' };
  await expect.poll(up, soon).toEqual(none);
  const reporting = async () => {
    await send(collector.otlp, { service: 'suna' }, [counter('alive_total', [{ value: 1 }])]);
    return up();
  };
  await expect.poll(reporting, soon).toEqual({ ...none, suna: '1' });
  await expect.poll(up, soon).toEqual(none);
  // One that exports more slowly than the collector waits is down most of the time, and up when it has just been heard.
  await expect.poll(reporting, soon).toEqual({ ...none, suna: '1' });
  await collector.stop();
  await expect.poll(up, soon).toEqual({});
});
