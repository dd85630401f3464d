// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { endpoints } from '../../otel/src/catalogue/catalogue.ts';
import { root } from '../../services/native/environment.ts';
import { type Collector, configuration, startCollector } from './helpers/collector.ts';
import { counter, histogram, instance, send } from './helpers/otlp.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';

/** Everything happens every second here; the machine may be busy. */
const soon = { timeout: 30_000 };

/** Seconds after which the collector forgets a sender here. */
const expiration = 5;

/** More than any endpoint has here; the committed one is too many to be read each second on a busy machine. */
const sampleLimit = 2000;

let collector: Collector;
let prometheus: Prometheus;
/** A service with a `/metrics` of its own. */
let own: Server;

beforeAll(async () => {
  own = createServer((_request, response) =>
    response.setHeader('content-type', 'text/plain; version=0.0.4').end('# TYPE own_total counter\nown_total 42\n'),
  );
  await once(own.listen(0, '127.0.0.1'), 'listening');
  const entries = (await firstEntryOfGuide()).replace('auth:9100', `127.0.0.1:${(own.address() as AddressInfo).port}`);
  collector = await startCollector({ ONYX_EXPIRATION: `${expiration}s`, ONYX_EXPIRATION_APPS: `${expiration}s` });
  prometheus = await startPrometheus(collector, { entries, sampleLimit });
});

afterAll(async () => {
  await prometheus?.stop();
  await collector?.stop();
  own?.close();
});

async function firstEntryOfGuide(): Promise<string> {
  const guide = await readFile(join(root, 'docs/guides/add-a-target.md'), 'utf8');
  const [, entry] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
  return entry ?? '';
}

test('Prometheus reaches every endpoint with the password from its file', async () => {
  const reached = async () =>
    (await prometheus.query('up == 1')).map(({ metric }) => metric.service ?? metric.job).sort();
  await expect.poll(reached).toEqual([...endpoints, 'gotrue', 'prometheus'].sort());
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
    await expect.poll(samples).toEqual([
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
    await expect.poll(samples).toEqual(expect.arrayContaining(['0', '7']));
    await send(collector.otlp, { service: 'suna' }, [counter(name, [{ value: 9 }])]);
    await expect.poll(async () => (await samples()).at(-1)).toBe('9');
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
  await expect.poll(labels).toEqual({
    __name__: name,
    job: endpoint,
    service: endpoint,
    instance: instance(1),
    ...app,
  });
});

test('the series of a sender that stops end with its expiration', async () => {
  await send(collector.otlp, { service: 'onyx' }, [counter('short_lived_total', [{ value: 1 }])]);
  await expect.poll(() => prometheus.query('short_lived_total')).toHaveLength(1);
  await expect.poll(() => prometheus.query('short_lived_total')).toHaveLength(0);
});

test('a secret planted anywhere in what is sent is nowhere in Prometheus', async () => {
  const secret = 'hunter2';
  const planted = 'hunter2@example.com';
  const labels = { [secret]: secret, [planted]: planted, email: secret, model: planted, user_id: secret };
  const resource = { 'host.name': secret, [`host.${secret}`]: secret };
  const kept = counter('planted_total', [{ attributes: labels, value: 1, exemplar: labels }], `Written by ${secret}.`);
  const metrics = [kept, { ...kept, name: 'planted_units_total', unit: secret }, counter(planted, [{ value: 1 }])];
  const scope = { name: secret, version: secret, attributes: { [secret]: secret, email: planted } };
  for (const service of ['suna', planted])
    await send(collector.otlp, { service, instance: planted, resource }, metrics, scope);
  await expect.poll(() => prometheus.query('{__name__=~"planted.*"}')).toHaveLength(4);
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
  expect(prometheus.log()).not.toMatch(/hunter2/i);
});

test('a service with metrics of its own is scraped with the one entry of the guide', async () => {
  const value = async () => (await prometheus.query('own_total{service="gotrue"}'))[0]?.value?.[1];
  await expect.poll(value).toBe('42');
});

test('a sender with too many label values fails the scrape of its own endpoint only, which comes back by itself', async () => {
  const scraped = async () =>
    Object.fromEntries(
      (await prometheus.query('up{service!~"|gotrue"}')).map(({ metric, value }) => [metric.service, value?.[1]]),
    );
  const well = Object.fromEntries(endpoints.map((name) => [name, '1']));
  const points = Array.from({ length: sampleLimit }, (_, index) => ({ attributes: { model: `m-${index}` }, value: 1 }));
  const overload = () => send(collector.otlp, { service: 'flooder' }, [counter('flood_total', points)]);
  const reasons = async () => {
    await overload();
    const { data } = (await (await fetch(`${prometheus.url}/api/v1/targets`)).json()) as {
      data: { activeTargets: { labels: Record<string, string>; lastError: string }[] };
    };
    return Object.fromEntries(data.activeTargets.map(({ labels, lastError }) => [labels.job, lastError]));
  };
  const slowly = { ...soon, interval: 500 };
  await expect.poll(reasons, slowly).toMatchObject({ apps: expect.stringContaining('sample limit exceeded') });
  const known = async () => {
    await overload();
    return { scraped: await scraped(), up: await up() };
  };
  await expect.poll(known, slowly).toEqual({ scraped: { ...well, apps: '0' }, up: none });
  await expect.poll(scraped).toEqual(well);
  expect(await prometheus.query('min_over_time(up{service!~"apps|"}[20s]) == 0')).toEqual([]);
});

test('labels that are too long or too many fail no scrape', async () => {
  // The longest value that is shown, in letters of four bytes, and all labels that may pass.
  const longest = '𐍈'.repeat(255);
  const { processors } = parse(await readFile(join(configuration, 'collector.yaml'), 'utf8'), { merge: true }) as {
    processors: Record<string, { allowed_keys: string[] }>;
  };
  const allowed = processors['redaction/apps']?.allowed_keys.filter((key) => key !== 'service.name') ?? [];
  const every = Object.fromEntries(allowed.map((key) => [key, 'ok']));
  const told: Record<string, string>[] = [
    { ...every, 'server.address': longest },
    { model: 'long '.repeat(10_000) },
    { model: `a${longest}` },
  ];
  const points = told.map((attributes, index) => ({ attributes, value: 2 ** index }));
  const shown = async () => {
    await send(collector.otlp, { service: 'lengthy' }, [counter('lengthy_total', points)]);
    return (await prometheus.query('lengthy_total')).map(({ metric, value }) => [metric.model, value?.[1]]).sort();
  };
  await expect.poll(shown).toEqual([
    ['****', '6'],
    ['ok', '1'],
  ]);
});

/** `onyx:service_up` by service. */
async function up(): Promise<Record<string, string | undefined>> {
  const services = await prometheus.query('onyx:service_up');
  return Object.fromEntries(services.map(({ metric, value }) => [metric.service, value?.[1]]));
}

/** None has reported within the expiration. */
const none = { suna: '0', onyx: '0', qdrant: '0', supabase: '0', redis: '0', litellm: '0' };

async function upOnceSunaReports() {
  await send(collector.otlp, { service: 'suna' }, [counter('alive_total', [{ value: 1 }])]);
  return up();
}

test('a service that reports is up, and one of which only the endpoint answers is down', async () => {
  await expect.poll(up).toEqual(none);
  await expect.poll(upOnceSunaReports).toEqual({ ...none, suna: '1' });
});

test('slow to export: down once the last export has expired, up again with the next', async () => {
  await expect.poll(up).toEqual(none);
  await expect.poll(upOnceSunaReports).toEqual({ ...none, suna: '1' });
});

test('collector restarted between two scrapes: who has not reported to it yet is unknown, not down', async () => {
  await expect.poll(upOnceSunaReports).toEqual({ ...none, suna: '1' });
  const began = Date.now();
  // It forgets everything, as after a restart, and answers again within a tenth of a second.
  process.kill(collector.pid, 'SIGHUP');
  const scraped = () => prometheus.query('up{service=~"suna|onyx|qdrant|supabase|redis|litellm"} == 1');
  await expect
    .poll(async () => ({ up: await up(), scraped: (await scraped()).length }))
    .toEqual({
      up: {},
      scraped: 6,
    });
  const range = `[${Math.ceil((Date.now() - began) / 1000)}s]`;
  expect(await prometheus.query(`min_over_time(onyx:service_up{service="suna"}${range}) == 0`)).toEqual([]);
  await expect.poll(upOnceSunaReports).toMatchObject({ suna: '1' });
  // It says nothing until it has been listening for as long as it waits before it forgets a sender.
  const [shortest] = await prometheus.query('min(min_over_time(onyx_collector_listening_seconds[5m]))');
  expect(Number(shortest?.value?.[1])).toBeGreaterThanOrEqual(expiration);
});

test('collector dead: nothing is said about any service', async () => {
  await collector.stop();
  await expect.poll(up).toEqual({});
});
