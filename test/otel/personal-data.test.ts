// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { type CatalogueMetric, catalogue } from '../../otel/src/catalogue.ts';
import { LabelLimiter } from '../../otel/src/label-limiter.ts';
import { isHarmless } from '../../otel/src/personal-data.ts';
import { usersAs } from '../../otel/src/pseudonym.ts';

const planted = [
  'alice@example.com',
  '+491701234567',
  '030-1234567',
  '(555)123-4567',
  '+1-555-010-4477',
  '192.168.1.17',
  'host-10.0.0.1:443',
  '2001:db8::1',
  'fe80:0:0:0:1:2:3:4',
  'sk-1234567890abcdef',
  'gpt-4/sk-proj-Zm9vYmFy',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIi',
  'AKIAIOSFODNN7EXAMPLE',
  '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  'd41d8cd98f00b204e9800998ecf8427e',
  'Alice Example',
  'x'.repeat(65),
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
