// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { select, verify } from '../../services/verify/plan.ts';
import { readSettings } from '../../services/verify/settings-file.ts';
import { required } from '../requirement.ts';
import { layOutBalancer } from './helpers/balancer.ts';
import { type Collector, startCollector } from './helpers/collector.ts';
import { counter, histogram, instance, send } from './helpers/otlp.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';
import { expected, identity, startTargets } from './helpers/targets.ts';

const nginx = required(['nginx'], 'install it (Debian and Ubuntu: apt-get install nginx-light)');

const soon = { timeout: 30_000 };

interface Balancer {
  /** Where OTLP is posted. */
  readonly otlp: string;
  stop(): Promise<void>;
}

/** Runs the committed nginx.conf in front of these gateways. */
async function startBalancer(gateways: readonly Collector[]): Promise<Balancer> {
  const folder = await mkdtemp(join(tmpdir(), 'onyx-nginx-'));
  const port = await getPort();
  const addresses = gateways.map(({ otlp }) => new URL(otlp).host);
  const options = await layOutBalancer({ folder, port }, addresses);
  const server = execa(nginx ?? '', options, { all: true, reject: false });
  const otlp = `http://127.0.0.1:${port}/v1/metrics`;
  await vi.waitFor(() => fetch(otlp), soon);
  return {
    otlp,
    async stop() {
      server.kill('SIGTERM');
      await server;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every series but those of the machine and of the collectors themselves, without what differs between two runs. */
async function series({ query }: Prometheus): Promise<string[]> {
  const found = await query('{service=~"suna|onyx|qdrant|litellm|apps"}');
  return (
    found
      // The age of a collector is there only once it would miss who is silent.
      .filter(
        ({ metric }) =>
          !/^(up|scrape_\w+|ALERTS.*|onyx:.*|onyx_collector_listening_seconds)$/.test(metric.__name__ ?? ''),
      )
      .map(({ metric: { __name__ = '', instance: _, gateway: __, ...labels } }) => identity(__name__, labels))
      .sort()
  );
}

/** The series of a target, as the target itself names them. */
async function seriesOf(target: 'qdrant' | 'litellm', { query }: Prometheus): Promise<string[]> {
  const found = await query(`{service="${target}", __name__!~"up|scrape_.*|onyx[:_].*|ALERTS.*"}`);
  return found
    .map(({ metric: { __name__ = '', service: _, job: __, instance: ___, ...labels } }) => identity(__name__, labels))
    .sort();
}

const attributes = { model: 'gpt-4o', user_id: 'u_0123456789ab', success: true };
const sent = [
  histogram(
    'onyx_chat_duration_seconds',
    [0.1, 0.5, 1, 1.5, 2, 5],
    [{ attributes, counts: [1, 1, 1, 1, 1, 1, 1], sum: 9 }],
  ),
  counter('onyx_task_completion_total', [{ attributes: { task_type: 'ingest', secret: 'x' }, value: 3 }]),
];

/** In the address that gateways push to. */
const password = 'known-to-gateways';

describe.skipIf(!nginx)('two gateways that push, behind nginx', () => {
  let targets: Awaited<ReturnType<typeof startTargets>>;
  let scraping: Collector;
  let gateway: Collector;
  let pulled: Collector;
  let prometheus: Prometheus;
  let scraper: Prometheus;
  let balancer: Balancer;

  beforeAll(async () => {
    targets = await startTargets();
    prometheus = await startPrometheus(undefined, {
      file: 'prometheus.push.yml',
      flags: ['--web.enable-remote-write-receiver'],
    });
    // It says that it listens once it would miss who is silent.
    const url = new URL('/api/v1/write', prometheus.url);
    Object.assign(url, { username: 'prometheus', password });
    const push = { ...targets.variables, ONYX_PUSH_URL: url.href, ONYX_EXPIRATION: '5s' };
    [scraping, gateway, pulled] = await Promise.all([
      startCollector({ ...push, ONYX_GATEWAY: 'one' }, ['collector.push.yaml']),
      startCollector({ ...push, ONYX_GATEWAY: 'two' }, ['collector.push.yaml', 'collector.gateway.yaml']),
      startCollector(targets.variables),
    ]);
    [scraper, balancer] = await Promise.all([startPrometheus(pulled), startBalancer([scraping, gateway])]);
  });
  afterAll(async () => {
    await Promise.all([balancer, prometheus, scraper].map((running) => running?.stop()));
    await Promise.all([scraping, gateway, pulled].map((running) => running?.stop()));
    targets?.stop();
  });

  test('names, labels and boundaries are those of pull mode', async () => {
    for (const service of ['suna', 'onyx', 'billing']) {
      for (const url of [balancer.otlp, pulled.otlp]) expect(await send(url, { service }, sent)).toBe(200);
    }
    const services = async () =>
      (
        await scraper.query('count by (service) ({__name__=~"(onyx_task_completion|rest_responses|litellm_.+)_total"})')
      ).map(({ metric }) => metric.service);
    await expect.poll(services).toEqual(expect.arrayContaining(['suna', 'onyx', 'qdrant', 'litellm', 'apps']));
    // Both move on while they are compared: a series that only one of them has so far is on its way to the other.
    const different = async () => {
      const [pushed, scraped] = await Promise.all([series(prometheus), series(scraper)]);
      return [...pushed.filter((one) => !scraped.includes(one)), ...scraped.filter((one) => !pushed.includes(one))];
    };
    await expect.poll(different).toEqual([]);
    const names = await series(prometheus);
    expect(names.join('\n')).toContain('litellm_proxy_total_requests_metric_total');
    expect(names.join('\n')).toContain('onyx_chat_duration_seconds_bucket');
  });

  test.each(['qdrant', 'litellm'] as const)(
    'what %s calls its metrics is what they are called, pushed and scraped',
    async (target) => {
      const source = [...expected(target).keys()].sort();
      for (const store of [prometheus, scraper]) await expect.poll(() => seriesOf(target, store)).toEqual(source);
    },
  );

  test('one of them killed under load costs nothing: the total is what was sent', async () => {
    const senders = Array.from({ length: 4 }, (_, index) => instance(index));
    const totals = senders.map(() => 0);
    const round = (value: number) =>
      Promise.all(
        senders.map(async (instance, index) => {
          const answer = await send(balancer.otlp, { service: 'suna', instance }, [
            counter('pushed_total', [{ value, start: Date.now() - 60_000 }]),
          ]);
          if (answer === 200) totals[index] = value;
        }),
      );
    for (let value = 1; value <= 20; value += 1) {
      if (value === 10) await gateway.stop('SIGKILL');
      await round(value);
    }
    expect(totals).toEqual(senders.map(() => 20));
    const total = async () => (await prometheus.query('sum(pushed_total)'))[0]?.value?.[1];
    await expect.poll(total, { timeout: 120_000, interval: 500 }).toBe(String(20 * senders.length));
    expect((await prometheus.query('sum(resets(pushed_total[5m]))'))[0]?.value?.[1]).toBe('0');
  });

  test('what was counted before the first push of a new series counts', async () => {
    const start = Date.now() - 3000;
    const first = [
      counter('first_total', [{ value: 7, start }]),
      histogram('first_seconds', [0.5, 1], [{ counts: [1, 2, 3], sum: 9, start }]),
    ];
    expect(await send(balancer.otlp, { service: 'suna' }, first)).toBe(200);
    for (const [series, value] of [
      ['first_total', '7'],
      ['first_seconds_count', '6'],
      ['first_seconds_bucket{le="0.5"}', '1'],
    ]) {
      const samples = async () => (await prometheus.query(`${series}[1m]`))[0]?.values?.slice(0, 2);
      await expect.poll(samples).toEqual([
        [start / 1000, '0'],
        [expect.any(Number), value],
      ]);
    }
  });

  test('the password of Prometheus is in no label and in no log', async () => {
    const addresses = async () =>
      (await prometheus.query('count by (endpoint) ({endpoint=~".*/api/v1/write"})')).map(
        ({ metric }) => metric.endpoint,
      );
    await expect.poll(addresses).not.toEqual([]);
    expect((await addresses()).join()).not.toContain(password);
    expect(scraping.log() + gateway.log()).not.toContain(password);
  });

  test('verify knows that they push: it misses no endpoint, and judges services by what was pushed', async () => {
    const listening = async () => (await prometheus.query('onyx_collector_listening_seconds')).length;
    await expect.poll(listening).toBeGreaterThan(0);
    const { rows } = await verify({
      settings: readSettings(undefined, { prometheus: { url: prometheus.url } }),
      selected: select({ only: ['targets', 'scrape-time'], skip: [] }),
      deadline: AbortSignal.timeout(30_000),
    });
    expect(rows.find(({ subject }) => subject === 'endpoints')).toMatchObject({
      ...{ verdict: 'pass', measured: 'none is scraped: gateways push' },
    });
    // Of the six one runs here, or half of it: what is missing is the service, never its endpoint.
    const seen = rows.flatMap((row) => (row.verdict === 'fail' ? [row.failure.expected] : []));
    expect(seen.length).toBeGreaterThan(3);
    for (const expected of seen) expect(expected).not.toMatch(/target|endpoint|push/);
  });

  test('SIGTERM drains: what a gateway had accepted is in Prometheus', async () => {
    const metrics = [counter('drained_total', [{ value: 422, start: Date.now() - 60_000 }])];
    expect(await send(scraping.otlp, { service: 'suna' }, metrics)).toBe(200);
    expect(await scraping.stop('SIGTERM')).toBe(0);
    expect((await prometheus.query('drained_total'))[0]?.value?.[1]).toBe('422');
  });
});
