// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { metrics } from '@opentelemetry/api';
import getPort from 'get-port';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { usersAs } from '../../../otel/src/limit/pseudonym.ts';
import { UndeclaredLimiter } from '../../../otel/src/limit/undeclared-limiter.ts';
import { basic } from '../../../services/prometheus/http-endpoint.ts';
import { MemoryProvider } from '../helpers/memory-provider.ts';
import { fixture, preloaded } from '../helpers/preloaded.ts';

const provider = new MemoryProvider();
const { defineMetrics } = await import('../../../otel/src/record/define-metrics.ts');
afterAll(() => provider.shutdown());

/** What identifies a person, in words. Each is spelled in every way below. */
const personal = [
  ...[
    'user',
    'user id',
    'user name',
    'user email',
    'end user',
    'enduser id',
    'email',
    'session',
    'session id',
    'login',
  ],
  ...[
    'ip',
    'ip address',
    'client ip',
    'client address',
    'phone',
    'phone number',
    'api key',
    'user agent',
    'customer id',
  ],
  ...['customer', 'member', 'author', 'account id', 'conversation id', 'thread id'],
  ...['first name', 'date of birth', 'mac address', 'auth token', 'user id hash', 'app user id', 'current user email'],
];

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const spellings = (words: readonly string[]): string[] => [
  ...['_', '.'].map((between) => words.join(between)),
  words.map((word, index) => (index === 0 ? word : capital(word))).join(''),
  words.map(capital).join(''),
  words.join('_').toUpperCase(),
];

/** Of a person too, but shared by many. */
const shared = [
  ...['userAgentFamily', 'user_agent_family', 'username_length', 'user_type', 'userRole', 'user.plan', 'email_domain'],
  ...['session_count', 'ip_version', 'api_key_type', 'users', 'superuser', 'loginMethod', 'phone_type'],
  ...[
    'server.address',
    'http.route',
    'db.name',
    'container_name',
    'model',
    'tenant',
    'owner',
    'membership',
    'authority',
    'gen_ai.token.type',
    'zip',
    'tooltip',
  ],
];

describe('a label whose name says that it is personal', () => {
  it.each(personal)(
    '%s, in every spelling, shows a pseudonym when nobody declared it, and has to be one when declared',
    async (name) => {
      for (const [index, label] of spellings(name.split(' ')).entries()) {
        const metric = `spelled.${name.replaceAll(' ', '.')}.${index}`;
        metrics
          .getMeter('a library')
          .createCounter(metric)
          .add(1, { [label]: 'ann' });
        const [point] = await provider.numbers(metric);
        expect(point?.attributes, label).toEqual({ [label]: 'u_616e6e' });
        const definition = { kind: 'counter', description: 'Of the test.', unit: '1' } as const;
        const labels = { [label]: { limit: 2 } };
        expect(() => defineMetrics({ [`${metric}.own`]: { ...definition, labels } }), label).toThrow(
          'needs pseudonym: true',
        );
      }
    },
  );

  it.each(shared)('%s is none, and stays as it is', async (label) => {
    const metric = `shared.${label}`;
    metrics
      .getMeter('a library')
      .createCounter(metric)
      .add(1, { [label]: 'firefox' });
    const [point] = await provider.numbers(metric);
    expect(point?.attributes).toEqual({ [label]: 'firefox' });
  });

  it('with a dash is in no series: Prometheus could not read it', async () => {
    metrics
      .getMeter('a library')
      .createCounter('dashed')
      .add(1, { 'user-id': 'ann', 'x-session-id': 'ann', kind: 'read' });
    expect((await provider.numbers('dashed')).map(({ attributes }) => attributes)).toEqual([{ kind: 'read' }]);
  });

  it('is a yes or a no where its value is', async () => {
    metrics.getMeter('a library').createCounter('flagged').add(1, { new_user: true });
    expect((await provider.numbers('flagged')).map(({ attributes }) => attributes)).toEqual([{ new_user: 'true' }]);
  });

  it('shows as many people as a declared one would, and the total stays', () => {
    const limiter = new UndeclaredLimiter(500, { users: usersAs('pseudonym', 'a key of the test') });
    const shown = Array.from({ length: 2000 }, (_, user) => limiter.process({ userId: `ann${user % 400}` }).userId);
    expect(new Set(shown).size).toBe(201);
    expect(shown.filter((each) => each === 'other')).toHaveLength(1000);
    expect(limiter.process({ userId: 'ann3' })).toEqual({ userId: shown[3] });
  });
});

it('nothing personal is on the /metrics of a service: in labels, their names, names of metrics, its resource', async () => {
  const port = await getPort();
  const service = preloaded([fixture('personal-server.cjs')], {
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    OTEL_RESOURCE_ATTRIBUTES:
      'service.instance.id=ann@example.com,host.name=ann-laptop,user.email=ann@example.com,team.contact=ann@example.com,deployment.environment.name=staging',
  });
  const headers = { authorization: basic('admin:admin') };
  const body = await vi.waitFor(
    async () => {
      const text = await fetch(`http://127.0.0.1:${port}/metrics`, { headers }).then((answer) => answer.text());
      expect(text).toContain('logins_total');
      return text;
    },
    { timeout: 20_000, interval: 250 },
  );
  service.child.send('end');
  expect((await service.ended).code).toBe(0);
  expect(body).not.toMatch(/\bann|example\.com|850709|AKIA/);
  const labels = ['userId', 'user', 'username', 'session_id'].map((label) => `${label}="u_[0-9a-f]{12}"`).sort();
  for (const label of labels) expect(body).toMatch(new RegExp(`^logins_total\\{.*${label}`, 'm'));
  expect(body).toMatch(/^logins_total\{.*userAgentFamily="firefox"/m);
  expect(body).toMatch(/^target_info\{.*deployment_environment_name="staging"/m);
  expect(body).toMatch(/^target_info\{.*service_instance_id="[0-9a-f]{12}"/m);
});
