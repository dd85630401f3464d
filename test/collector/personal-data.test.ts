// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { endpoints } from '../../otel/src/catalogue/catalogue.ts';
import { personalKind } from '../../otel/src/limit/personal-data.ts';
import { modelsOfLitellm } from '../otel/helpers/models-of-litellm.ts';
import { harmless, personal } from '../otel/limit/personal-corpus.ts';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { counter, gauge, send } from './helpers/otlp.ts';
import { collectorConfiguration } from './helpers/patterns.ts';

const collector = await collectorOfFile();

/** What `apps` shows of the values of a label, by the name of the metric. What was sent is there once the sender has its answer. */
async function shown(metric: string): Promise<Map<string, number>> {
  const { body } = await collector.scrape('apps');
  const lines = body.split('\n').filter((line) => line.startsWith(`${metric}{`));
  return new Map(
    lines.map((line) => [/model="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? '', Number(line.split(' ').at(-1))]),
  );
}

async function sendModels(metric: string, values: readonly string[]): Promise<Map<string, number>> {
  const points = values.map((model) => ({ attributes: { model }, value: 1 }));
  expect(await send(collector.otlp, { service: 'models' }, [counter(metric, points)])).toBe(200);
  return shown(metric);
}

test('the configuration has the patterns of the preload, as `npm run generate` writes them', async () => {
  const { is, shouldBe } = await collectorConfiguration();
  expect(is).toBe(shouldBe);
});

test('in bytes, in which no pattern sees it, it appears nowhere either, and no count is lost', async () => {
  const points = ['ann@example.com', '850709-9805'].map((value) => ({
    attributes: { 'db.operation.name': Buffer.from(value) },
    value: 1,
  }));
  expect(await send(collector.otlp, { service: 'bytes' }, [counter('bytes_total', points)])).toBe(200);
  const { body } = await collector.scrape('apps');
  expect(body.match(/^bytes_total.*$/gm)).toEqual([expect.stringMatching(/db_operation_name="\*{4}".* 2$/)]);
});

test('in whatever field of what is sent, it appears at no endpoint, and no count is lost', async () => {
  const planted = [
    'ann%40example.com',
    '2001:db8::17',
    '00:00:5e:00:53:01',
    '030-23125012',
    '(030) 23125-012',
    '850709-9805',
    'ann@example.com',
    'host-192.0.2.7',
    'QQ123456C',
    'ann%252540example.com',
    'fe80::1%eth0',
    '[2001:db8::5]:443',
    '0000.5e00.53af',
    '(212) 555-0123',
    '065 929 970 489',
    'NL91 ABNA 0417 1643 00',
    '4111 1111 1111 1111',
    `sk_live_${'4eC39HqLyjWDarjtT1zdp7dc'}`,
    `${'xoxb'}-123456789012-abcdefghijklmnop`,
  ];
  const fields = [
    'http.route',
    'http.request.method',
    'server.address',
    'url.scheme',
    'state',
    'type',
    'task_type',
    'success',
  ];
  const points = planted.flatMap((value) =>
    fields.flatMap((field) =>
      [value, [value], { held: [value] }, { [value]: value }, Buffer.from(value), `/users/${value}/orders`].map(
        (held) => ({
          attributes: { [field]: held },
          value: 1,
          exemplar: { trace: value },
        }),
      ),
    ),
  );
  for (const service of ['planted', ...planted]) {
    const metrics = [
      counter('planted_total', points, `Ask ${planted}.`),
      ...planted.map((unit) => ({ ...gauge('planted', [{ value: 1 }]), unit, metadata: [{ key: unit }] })),
      ...planted.map((name) => gauge(`of.${name}`, [{ value: 1, attributes: { [name]: name } }])),
    ];
    const resource = Object.fromEntries(planted.map((value) => [value, value]));
    const scope = { name: planted.join(), version: planted[0], attributes: resource };
    expect(await send(collector.otlp, { service, instance: service, resource }, metrics, scope)).toBe(200);
  }
  const bodies = await Promise.all(endpoints.map(async (endpoint) => (await collector.scrape(endpoint)).body));
  const lines = bodies.join('\n').split('\n');
  const text = lines.join('\n');
  const forms = planted.flatMap((value) => [
    value,
    Buffer.from(value).toString('base64'),
    value.replaceAll(/\W/g, '_'),
  ]);
  expect(forms.filter((value) => text.includes(value))).toEqual([]);
  expect(text).not.toMatch(/ann[._%@]|example\.com|db8|23125|850709/);
  const counted = lines.filter((line) => line.startsWith('planted_total{'));
  expect(new Set(counted.flatMap((line) => /job="(.*?)"/.exec(line)?.[1] ?? []))).toEqual(
    new Set(['planted', 'redacted', '****']),
  );
  const total = counted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  expect(total).toBe(points.length * (planted.length + 1));
});

describe('the name of a metric', () => {
  test.each([
    ['a JSON web token', `by_eyJ${'hbGciOiJIUzI1NiJ9'}_total`],
    ['a key', `calls_AKIA${'0123456789ABCDEF'}`],
    ['another key', `calls.${'sk'}-live-0123456789`],
    ['a telephone number', 'calls_030_23125012'],
    ['an identity number', 'logins_850709_9805'],
    ['a card', 'paid_4111_1111_1111_1111'],
    ['an address', 'from_192_0_2_7_total'],
    ['a MAC address', 'from_00_00_5e_00_53_01'],
    ['a UUID', 'of_3f2504e0_4f89_41d3_9a0c_0305e82c3301'],
    ['an id of five digits', 'logins_of_user_12345_total'],
  ])('that holds %s is in no series, and the other metrics of the request are', async (_, name) => {
    const beside = `beside_${name.length}_total`;
    const metrics = [counter(name, [{ value: 1 }]), counter(beside, [{ value: 1 }])];
    expect(await send(collector.otlp, { service: 'names' }, metrics)).toBe(200);
    const { body } = await collector.scrape('apps');
    expect(body).toContain(`${beside}{`);
    expect(body).not.toContain(name.replace(/_total$/, '').replaceAll(/\W/g, '_'));
  });

  test.each([
    'http.server.request.duration',
    'gen_ai.client.token.usage',
    'tokens_used_2024_total',
    'go_memstats_heap_inuse_bytes',
    'key_cache_hits_30d_total',
    'jvm.gc.pause.p99',
    's3_requests_total',
    'latency_0_5_quantile',
  ])('%s is none of those', async (name) => {
    expect(await send(collector.otlp, { service: 'names' }, [counter(name, [{ value: 1 }])])).toBe(200);
    const { body } = await collector.scrape('apps');
    expect(body).toContain(name.replaceAll('.', '_').replace(/_total$/, ''));
  });
});

describe('the value of a label', () => {
  test("that is in LiteLLM's price list arrives as it is", async () => {
    const models = await modelsOfLitellm();
    const arrived = await sendModels('listed_models_total', models);
    expect(models.filter((model) => arrived.get(model) !== 1)).toEqual([]);
  });

  test('is judged as in the preload, a whole corpus of it, and what is masked is masked as a whole', async () => {
    const values = [...new Set([...personal, ...harmless].map(({ value }) => value))];
    const arrived = await sendModels('generated_total', values);
    const passes = values.filter((value) => personalKind(value) === undefined);
    expect([...arrived.keys()].sort()).toEqual([...passes, '****'].sort());
    expect(arrived.get('****')).toBe(values.length - passes.length);
  });
});
