// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { endpoints, healthRoute, reporting } from '../../otel/src/catalogue/catalogue.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { configs, configuration, writeSecrets } from './helpers/collector.ts';

let secrets: Awaited<ReturnType<typeof writeSecrets>>;

beforeAll(async () => {
  secrets = await writeSecrets();
});

afterAll(() => secrets.remove());

async function validate(files: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const result = await execa(await binary('otelcol'), ['validate', ...configs(files)], {
    all: true,
    reject: false,
    env: { ONYX_SECRETS_DIR: secrets.folder, ...env },
  });
  return result.exitCode === 0 ? 'valid' : result.all;
}

describe('the collector configuration is valid', () => {
  test('as Docker uses it', async () => {
    expect(await validate(['collector.yaml'])).toBe('valid');
  });

  test('with the numbers of the business', async () => {
    expect(await validate(['collector.yaml', 'business.yaml'])).toBe('valid');
  });

  test('with containers, which another reads', async () => {
    expect(await validate(['collector.yaml', 'collector.docker.yaml'])).toBe('valid');
    expect(await validate(['containers.yaml'])).toBe('valid');
  });

  test.each([
    ['pushing', ['collector.push.yaml']],
    ['pushing, beside the one that scrapes', ['collector.push.yaml', 'collector.gateway.yaml']],
    ['pushing from a queue on disk', ['collector.push.yaml', 'collector.queue.yaml']],
    ['with a token', ['collector.token.yaml']],
    ['with everything', ['collector.docker.yaml', 'business.yaml', 'collector.token.yaml', 'collector.push.yaml']],
  ])('%s', async (_, files) => {
    const env = { ONYX_OTLP_TOKEN_FILE: join(secrets.folder, 'redis_password') };
    expect(await validate(['collector.yaml', ...files], env)).toBe('valid');
  });

  test.each(['0', '1'])('as Docker starts it with ONYX_BUSINESS=%s', async (business) => {
    const files = [
      'collector.token.yaml',
      'collector.docker.yaml',
      business === '1' ? 'business.yaml' : 'nothing.yaml',
    ];
    const env = { ONYX_OTLP_TOKEN_FILE: join(secrets.folder, 'redis_password'), ONYX_LISTEN_HOST: '0.0.0.0' };
    expect(await validate(['collector.yaml', ...files], env)).toBe('valid');
  });

  test('with every variable set', async () => {
    const overrides = {
      ONYX_COLLECTION_INTERVAL: '1s',
      ONYX_EXPIRATION: '3s',
      ONYX_EXPIRATION_APPS: '9s',
      ONYX_OTLP_HTTP_ENDPOINT: '127.0.0.1:14318',
      ONYX_OTLP_GRPC_ENDPOINT: '127.0.0.1:14317',
      ONYX_HEALTH_ENDPOINT: '127.0.0.1:11333',
      ONYX_SELF_METRICS_PORT: '18888',
      ONYX_HOST_ROOT: '/',
      ONYX_CONTAINERS_ENDPOINT: '127.0.0.1:14316',
      ONYX_SUNA_TARGET: '127.0.0.1:13000',
      ONYX_ONYX_TARGET: '127.0.0.1:18080',
      ONYX_QDRANT_TARGET: '127.0.0.1:16333',
      ONYX_LITELLM_TARGET: '127.0.0.1:14000',
      ONYX_REDIS_TARGET: '127.0.0.1:16379',
      ONYX_POSTGRES_TARGET: '127.0.0.1:15432',
    };
    expect(await validate(['collector.yaml', 'collector.docker.yaml'], overrides)).toBe('valid');
  });

  test('but not without the file of a secret', async () => {
    expect(await validate(['collector.yaml'], { ONYX_SECRETS_DIR: '/nowhere' })).toContain('/nowhere/');
  });
});

/** Every address the collector would listen on. */
async function listeners(env: Readonly<Record<string, string>>): Promise<string[]> {
  const { stdout } = await execa(
    await binary('otelcol'),
    ['print-config', '--mode=unredacted', ...configs(['collector.yaml'])],
    { env: { ONYX_SECRETS_DIR: secrets.folder, ...env } },
  );
  const { receivers, exporters, extensions, service } = parse(stdout) as {
    receivers: { otlp: { protocols: Record<string, { endpoint: string }> } };
    exporters: Record<string, { endpoint: string }>;
    extensions: { health_check: { endpoint: string } };
    service: { telemetry: { metrics: { readers: { pull: { exporter: { prometheus: { host: string } } } }[] } } };
  };
  return [
    ...Object.values(receivers.otlp.protocols).map(({ endpoint }) => endpoint),
    ...Object.values(exporters).map(({ endpoint }) => endpoint),
    extensions.health_check.endpoint,
    ...service.telemetry.metrics.readers.map(({ pull }) => pull.exporter.prometheus.host),
  ];
}

describe('the collector listens', () => {
  test('on the loopback address only, as long as nothing is said', async () => {
    const found = await listeners({});
    expect(found).toHaveLength(endpoints.length + 4);
    expect(found.filter((address) => !address.startsWith('127.0.0.1'))).toEqual([]);
  });

  test('in Docker on all addresses of its container, but for its own metrics, which have no password', async () => {
    const elsewhere = (await listeners({ ONYX_LISTEN_HOST: '0.0.0.0' })).filter((one) => !one.startsWith('0.0.0.0:'));
    expect(elsewhere).toEqual(['127.0.0.1']);
  });
});

test.each(['collector.yaml', 'collector.docker.yaml', 'containers.yaml'])(
  'a rule of %s that fails stops the data: every component that could ignore its errors propagates them',
  async (file) => {
    const text = await readFile(join(configuration, file), 'utf8');
    const { processors, connectors = {} } = parse(text, { merge: true }) as Record<string, Record<string, object>>;
    const rules = Object.entries({ ...processors, ...connectors }).filter(([id]) =>
      /^(filter|transform|routing)/.test(id),
    );
    expect(rules).not.toHaveLength(0);
    for (const [id, rule] of rules) expect({ id, ...rule }).toMatchObject({ id, error_mode: 'propagate' });
  },
);

test('the Prometheus configuration and its rules are valid', async () => {
  const promtool = await binary('promtool');
  const prometheus = (file: string) => join(configuration, 'prometheus', file);
  await execa(promtool, [
    'check',
    'config',
    '--syntax-only',
    '--lint=all',
    '--lint-fatal',
    prometheus('prometheus.yml'),
  ]);
  await execa(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', prometheus('rules/services.yml')]);
});

test('a sender is silent after the same time for the collector as for the rules', async () => {
  const text = await readFile(join(configuration, 'collector.yaml'), 'utf8');
  const defaults = [...text.matchAll(/\$\{env:ONYX_EXPIRATION:-(\w+)\}/g)].map(([, seconds]) => seconds);
  expect(defaults.length).toBeGreaterThan(1);
  expect(new Set(defaults)).toEqual(new Set([`${reporting.silentAfter}s`]));
});

test('the health checks of Suna and Onyx ask the route that counts as nobody’s request', async () => {
  const { receivers } = parse(await readFile(join(configuration, 'collector.yaml'), 'utf8'));
  const asked = receivers.http_check.targets.map(({ endpoint }: { endpoint: string }) =>
    endpoint.replace(/^http:\/\/\$\{[^}]+\}/, ''),
  );
  expect(asked.slice(0, 2)).toEqual([healthRoute, healthRoute]);
  const { services } = parse(await readFile(join(configuration, '../services/docker-compose.yml'), 'utf8'), {
    merge: true,
  });
  for (const name of ['suna', 'onyx', 'onyx-python'])
    expect(JSON.stringify(services[name].healthcheck)).toContain(`GET ${healthRoute} HTTP`);
});

test('everything but OTLP and its own metrics is left out by a gateway beside the one that scrapes', async () => {
  const pipelines = async (file: string) =>
    (
      parse(await readFile(join(configuration, file), 'utf8'), { merge: true }) as {
        service: { pipelines: Record<string, { receivers: string[] }> };
      }
    ).service.pipelines;
  const own = /^(otlp|prometheus\/self|(routing|count)\/\w+)$/;
  const reading = Object.entries(await pipelines('collector.yaml'))
    .filter(([, { receivers }]) => receivers.some((receiver) => !own.test(receiver)))
    .map(([name]) => name);
  expect(reading).toHaveLength(6);
  const left = Object.entries(await pipelines('collector.gateway.yaml'));
  expect(left.map(([name]) => name).sort()).toEqual(reading.sort());
  for (const [name, { receivers }] of left) expect(receivers, name).toEqual(['routing/senders']);
});

test('every endpoint is scraped with the same fuses', async () => {
  const text = await readFile(join(configuration, 'prometheus/prometheus.yml'), 'utf8');
  const { scrape_configs: jobs } = parse(text, { merge: true }) as { scrape_configs: { job_name: string }[] };
  for (const name of endpoints)
    expect(jobs.find(({ job_name }) => job_name === name)).toMatchObject({
      sample_limit: 50_000,
      body_size_limit: '20MB',
      label_limit: 80,
      label_name_length_limit: 200,
      label_value_length_limit: 1100,
    });
});

test('every core service is scraped every 15 seconds, by a job of its own', async () => {
  const text = await readFile(join(configuration, 'prometheus/prometheus.yml'), 'utf8');
  const { global, scrape_configs: jobs } = parse(text, { merge: true }) as {
    global: { scrape_interval: string };
    scrape_configs: { job_name: string; scrape_interval?: string; file_sd_configs: { files: string[] }[] }[];
  };
  for (const service of ['suna', 'onyx', 'qdrant', 'supabase', 'redis', 'litellm']) {
    const own = jobs.filter(({ job_name }) => job_name === service);
    const intervals = own.map(({ scrape_interval = global.scrape_interval }) => scrape_interval);
    expect(intervals, service).toEqual(['15s']);
    expect(own[0]?.file_sd_configs, service).toEqual([{ files: [`targets/${service}.yml`] }]);
  }
});

test('the scrape entries of the guide are valid beside them, under names nobody has', async () => {
  const guide = await readFile(join(configuration, '../docs/guides/add-a-target.md'), 'utf8');
  // The block that begins at the margin is Compose's.
  const entries = [...guide.matchAll(/```yaml\n( .*?)```/gs)].map(([, block]) => block as string);
  expect(entries).toHaveLength(2);
  const own = await readFile(join(configuration, 'prometheus/prometheus.yml'), 'utf8');
  const file = join(secrets.folder, 'prometheus.yml');
  await writeFile(file, `${own}\n${entries.join('')}`);
  await execa(await binary('promtool'), ['check', 'config', '--syntax-only', file]);
  const services = [...entries.join('').matchAll(/service: ([\w-]+)/g)].map(([, service]) => service);
  expect(services.filter((service) => (endpoints as readonly unknown[]).includes(service))).toEqual([]);
});

const [seen, listening] = ['onyx_sender_last_seen_timestamp_seconds', 'onyx_collector_listening_seconds'] as const;

/**
 * @param series of suna, in promtool's notation, a sample each 15 s
 * @param expected `onyx:service_up` each 15 s from the first sample on; `-` where it has no value
 */
async function serviceUp(
  series: Readonly<Record<typeof seen | typeof listening, string> & { up?: string }>,
  expected: string,
) {
  const file = join(secrets.folder, 'service-up.yml');
  const tests = [
    {
      interval: '15s',
      input_series: Object.entries(series).map(([name, values]) => ({ series: `${name}{service="suna"}`, values })),
      promql_expr_test: expected.split(' ').map((value, index) => ({
        expr: 'onyx:service_up',
        eval_time: `${15 * index}s`,
        exp_samples: value === '-' ? [] : [{ labels: 'onyx:service_up{service="suna"}', value: Number(value) }],
      })),
    },
  ];
  const rules = join(configuration, 'prometheus/rules/services.yml');
  await writeFile(file, stringify({ rule_files: [rules], evaluation_interval: '15s', tests }));
  await execa(await binary('promtool'), ['test', 'rules', file]);
}

describe('nobody knows whether a service is down', () => {
  test('when Prometheus was away: its own absence is no dead service', async () => {
    await serviceUp({ [seen]: '0+15x2 _x5 120+15x1', [listening]: '90+15x2 _x5 210+15x1' }, '1 1 1 1 1 - - - 1 1');
    const hours = '_x240';
    await serviceUp({ [seen]: `0 ${hours}`, [listening]: `90 ${hours}` }, `1 1 1${' -'.repeat(238)}`);
  });

  test('when the collector was killed and comes back, until the service has reported to it', () =>
    serviceUp({ [seen]: '0+15x2 stale _x3 105+15x1', [listening]: '90+15x2 stale _x6 58' }, '1 1 1 - - - - 1 1 1'));

  test('when the collector was restarted between two scrapes, none of which failed', () =>
    serviceUp({ [seen]: '0+15x2 stale 60+15x4', [listening]: '90+15x2 stale _x3 58+15x2' }, '1 1 1 - 1 1 1 1 1'));

  test('when its endpoint cannot be reached, though a Prometheus that was killed before has left series without an end', async () => {
    await serviceUp({ [seen]: '0+15x2', [listening]: '90+15x2', up: '1x2 0x5' }, '1 1 1 - - - - - -');
    await serviceUp({ [seen]: '0+15x2 stale', [listening]: '90+15x2', up: '1x2 0 1x5' }, '1 1 1 - - - - - -');
  });

  test('when collectors push and all of them are gone, whose series nothing ends', () =>
    serviceUp({ [seen]: '0+15x2', [listening]: '90+15x2' }, `1 1 1 1 1${' -'.repeat(40)}`));
});

test('a service that does not report to a collector that listens is down, also to one that has come back', () =>
  serviceUp({ [seen]: '0+15x2 stale', [listening]: '90+15x3 stale _x3 58+15x2' }, '1 1 1 0 - - - - 0 0 0'));

test('a service that has never reported is down once the collector has been listening for long enough', () =>
  serviceUp({ [seen]: '_x6', [listening]: '_x4 58+15x1' }, '- - - - 0 0'));

test('the Alertmanager configuration is valid', async () => {
  await execa(await binary('amtool'), ['check-config', join(configuration, 'alertmanager/alertmanager.yml')]);
});
