// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type CatalogueMetric, catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { LabelLimiter } from '../../../otel/src/limit/label-limiter.ts';
import { isHarmless, personalKind } from '../../../otel/src/limit/personal-data.ts';
import { usersAs } from '../../../otel/src/limit/pseudonym.ts';
import { modelsOfLitellm } from '../helpers/models-of-litellm.ts';
import { harmless, personal } from './personal-corpus.ts';
import { errorRates, personalDataPage } from './personal-data-page.ts';

const planted = [
  'alice@example.com',
  'alice%40example.com',
  'alice%2540example.com',
  'alice%252540example.com',
  'alice＠example.com',
  'root@localhost',
  '+491701234567',
  '030-1234567',
  '(555)123-4567',
  '+1-555-010-4477',
  '07700 900123',
  '01.99.00.12.34',
  '850709-9805',
  '19850709-9805',
  '131052-908T',
  '131052C908T',
  '65 929 970 489',
  'NL91 ABNA 0417 1643 00',
  '411111******1111',
  '4111-1111-1111-1111',
  '192.168.1.17',
  '17.6.1.136',
  'postgres:10.6.1.136',
  'ip-10-0-0-1',
  'host-10.0.0.1:443',
  'ip-10-0-0-7',
  '192-0-2-7',
  'ec2-203-0-113-25.compute-1.example.com',
  '54-123-4-5',
  '198_51_100_7',
  'aabbccddeeff',
  '/devices/3c5ab41f2233',
  'device=3c5ab41f2233',
  '00005e005301',
  'nl91 abna 0417 1643 00',
  'de89-3704-0044-0532-0130-00',
  '131052-308t',
  '131052a308t',
  'qq123456c',
  'l01x00t47',
  'x1234567l',
  '12ab34567',
  '2001:db8::1',
  'fe80:0:0:0:1:2:3:4',
  '::ffff:192.0.2.7',
  '2001%3Adb8%3A%3A1',
  '%5B2001:db8::1%5D',
  'fe80::1%eth0',
  'from_2001_db8__1',
  '00:00:5e:00:53:01',
  '00-00-5E-00-53-01',
  '0000.5e00.5301',
  'sk-1234567890abcdef',
  'gpt-4/sk-proj-Zm9vYmFy',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIi',
  'AKIAIOSFODNN7EXAMPLE',
  `whsec_${'a'.repeat(24)}`,
  'client_secret=hunter',
  '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  'd41d8cd98f00b204e9800998ecf8427e',
  'Alice Example',
  'x'.repeat(129),
  'a\nb',
  '\ud800',
  'drop table;',
];

describe('personal data and secrets', () => {
  it.each(planted)('%j is no label value', (value) => {
    expect(isHarmless(value)).toBe(false);
  });

  it.each([
    'gpt-4o-2024-08-06',
    'vertex_ai/claude-opus-4-1@20250805',
    'xai/grok-4.20-0309',
    'supabase/postgres:17.6.1.136',
    'ghcr.io/berriai/litellm:main-v1.106.2',
    '1.2.3+20240512',
    'app:20241022103045',
    'Net::ReadTimeout',
    'NewsFeed::Item',
    'build-2024-10-22--abc',
    'qwen-241022-128k',
    'llama-240806-405b',
    '1-2-3-4',
    '10-0-19045',
    'v1-2-3-100',
    'bert-3-128-2-2',
    '2024-08-06-12-30-45-123',
    'sha-3f2a9c81d04e',
    '3f2a9c81d04e',
    'v0.0.0-20240806120000-3f2a9c81d04e',
    'eu01-prod-west-2',
    'de01-prod-2024-0806',
    'k8s-node-12',
    'h264',
    'facade',
    'decade-added',
    'secret-store-csi-driver',
    'public-key-store',
    'gpt-4.1-2025-04-14',
    'claude-3-5-sonnet-20241022',
    'anthropic.claude-3-5-sonnet-20241022-v2:0',
    'meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo',
    'gpt-3.5-turbo-16k-0613',
    'mock-reasoning',
    '/api/:version/tenants/:tenant/users/:id',
    '/files/*path',
    '/users{/:id}',
    'onyx_chat_duration_seconds',
    'ECONNREFUSED',
    '404',
  ])('%j is one', (value) => {
    expect(isHarmless(value)).toBe(true);
  });

  it.each(Object.entries<CatalogueMetric>(catalogue))(
    'planted in any label of %s never leave the process',
    (_, metric) => {
      const limiter = new LabelLimiter(metric, { users: usersAs('pseudonym', 'a key of the test') });
      for (const value of planted) {
        for (const label of [...Object.keys(metric.labels), value, 'email']) {
          expect(JSON.stringify(limiter.process({ [label]: value }))).not.toContain(JSON.stringify(value).slice(1, -1));
        }
      }
    },
  );
});

describe('both kinds of error', () => {
  it("no name of a model in LiteLLM's price list is lost", async () => {
    const names = await modelsOfLitellm();
    expect(names.length).toBeGreaterThan(3_000);
    expect(names.filter((model) => !isHarmless(model))).toEqual([]);
  });

  it('are rare among generated values, and those of each kind that are made to be found all are', () => {
    expect(personal.length).toBeGreaterThanOrEqual(500);
    expect(harmless.length).toBeGreaterThanOrEqual(5_000);
    const { missed, alarmed } = errorRates();
    expect(missed.length / personal.length).toBeLessThan(0.025);
    expect(alarmed.length / harmless.length).toBeLessThan(0.025);
    expect(new Set(missed.map(({ made }) => made))).toEqual(new Set(['disguised']));
    // A model, whatever its name: it is what boards are read by.
    expect(alarmed.filter(({ made }) => made === 'model')).toEqual([]);
  });

  it('are published as they are', async () => {
    expect(await readFile('docs/reference/personal-data.md', 'utf8')).toBe(personalDataPage());
  });

  it('take no time that anybody notices: a value of the longest length is judged in a few milliseconds at worst, however it is made', () => {
    const hostile = [
      '0-',
      '1.',
      'a',
      '1a',
      ':a',
      '00:',
      'sk-',
      'key-a',
      '%40',
      '@',
      '(0) ',
      '0.0.0.0',
      '12 ',
      '%25',
      '2001_',
      'fe80:',
      'AB12 ',
    ];
    for (const part of hostile) {
      const value = part.repeat(128).slice(0, 128);
      const start = performance.now();
      for (let round = 0; round < 20; round++) personalKind(value);
      expect((performance.now() - start) / 20, part).toBeLessThan(10);
    }
  });
});
