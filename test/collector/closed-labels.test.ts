// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { closedLabels, isConventional, shownPath } from '../../collector-config/closed-labels.ts';
import { type CatalogueMetric, catalogue } from '../../otel/src/catalogue/catalogue.ts';
import { harmless, paths, personal } from '../otel/limit/personal-corpus.ts';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { counter, send } from './helpers/otlp.ts';

const collector = await collectorOfFile();

/** What `apps` shows of one label when its values are sent, with how often. */
async function shown(metric: string, label: string, values: readonly (string | boolean | number)[]) {
  const points = values.map((value) => ({ attributes: { [label]: value }, value: 1 }));
  expect(await send(collector.otlp, { service: 'closed' }, [counter(metric, points)])).toBe(200);
  const { body } = await collector.scrape('apps');
  const lines = body.split('\n').filter((line) => line.startsWith(`${metric.replaceAll('.', '_')}{`));
  const exposed = new RegExp(`${label.replaceAll('.', '_')}="((?:[^"\\\\]|\\\\.)*)"`);
  return new Map(
    lines.map((line) => [
      (exposed.exec(line)?.[1] ?? '').replaceAll('\\\\', '\\').replaceAll('\\"', '"'),
      Number(line.split(' ').at(-1)),
    ]),
  );
}

const catalogued = Object.values<CatalogueMetric>(catalogue).flatMap(({ labels }) =>
  Object.entries(labels).flatMap(([label, traits]) =>
    'values' in traits ? traits.values.map((value) => [label, value] as const) : [],
  ),
);

test('every value of a closed label of the catalogue arrives as it is', async () => {
  for (const label of new Set(catalogued.map(([label]) => label))) {
    const values = [...new Set(catalogued.filter(([each]) => each === label).map(([, value]) => value))];
    const metric = Object.entries<CatalogueMetric>(catalogue).find(([, { labels }]) => label in labels)?.[0] ?? '';
    expect(isConventional(metric), metric).toBe(true);
    for (const name of [conventional(label), `own_${label.replaceAll('.', '_')}_total`])
      expect([...(await shown(name, label, values)).keys()].sort(), name).toEqual(values.sort());
  }
});

/** A metric of the conventions, of which no value of any label is anything but known. */
const conventional = (label: string, family = 'process'): string => `${family}.${label}.total`;

test.each([
  ['success', true, 'true'],
  ['http.request.method', 'PATCH', 'PATCH'],
  ['http.response.status_code', '5xx', '5xx'],
  ['url.scheme', 'https', 'https'],
  ['network.protocol.version', '1.1', '1.1'],
  ['db.system.name', 'postgresql', 'postgresql'],
  ['gen_ai.provider.name', 'aws.bedrock', 'aws.bedrock'],
  ['state', 'idle', 'idle'],
  ['type', 'non_heap', 'non_heap'],
  ['status', 'failed', 'failed'],
] as const)('and what a convention has for %s', async (label, value, arrives) => {
  expect([...(await shown(`kept_${label.replaceAll('.', '_')}_total`, label, [value])).keys()]).toEqual([arrives]);
});

/** Those that are words, which cannot be known to be names. */
const words = ['ann', 'Karlsson', 'acme-gmbh', 'true ann', 'okay'];

test.each([
  ['status', 'paid'],
  ['status', 'IN_PROGRESS'],
  ['status', 'Shipped'],
  ['status', 'not found'],
  ['status', '404'],
  ['type', 'invoice'],
  ['type', 'http2'],
  ['state', 'half-open'],
  ['state', 'checkedOut'],
  ['method', 'card'],
  ['method', 'GET'],
  ['reason', 'insufficient_funds'],
  ['task_type', 'billing'],
  ['stage', 'checkout'],
  ['success', 'partly'],
  ['quantity', 'seats'],
  ['agent_type', 'planner'],
])('a metric of the platform keeps its own word of %s: %s', async (label, value) => {
  expect([...(await shown(`shop_${label}_${value.length}_total`, label, [value])).keys()]).toEqual([value]);
});

test.each([
  ['db.client.orders.total', 'status', 'paid'],
  ['http.jobs.total', 'type', 'invoice'],
  ['process.orders.total', 'state', 'shipped'],
  ['rpc.payments.total', 'method', 'card'],
  ['onyx_task_completion_total', 'status', 'paid'],
])('a metric of the conventions or the catalogue does not: of %s %s=%s is `other`', async (metric, label, value) => {
  expect([...(await shown(metric, label, [value])).keys()]).toEqual(['other']);
});

test('a metric that is none of the conventions only looks like one', () => {
  const metrics = [
    'process_orders_total',
    'http_jobs_total',
    'onyx_queue_depth',
    'systems.total',
    'orders.process.total',
  ];
  expect(metrics.filter(isConventional)).toEqual([]);
  expect(
    ['http_server_request_duration', 'process.cpu.time', 'onyx_active_agents'].filter(isConventional),
  ).toHaveLength(3);
});

test('of a whole corpus of personal values, and of names, a closed label shows `other` only, and no count is lost', async () => {
  const names = [...words, 'Ann Carter', 'ann.carter', 'GET ann', '600000', '_OTHER', ''];
  const values = [...new Set([...personal.map(({ value }) => value), ...names])];
  for (const label of closedLabels.keys())
    expect(await shown(conventional(label, 'jvm'), label, values), label).toEqual(new Map([['other', values.length]]));
  // In other people's metrics a label without a namespace may have any word; what looks personal is masked or `other`.
  for (const label of closedLabels.keys()) {
    const left = await shown(`personal_${label.replaceAll('.', '_')}_total`, label, values);
    const kept = [...left.keys()].filter((value) => value !== 'other' && value !== '****');
    expect(kept.sort(), label).toEqual(label.includes('.') ? [] : words.toSorted());
    expect([...left.values()].reduce((sum, count) => sum + count)).toBe(values.length);
  }
});

describe('a path in http.route', () => {
  test.each([
    ['/users/42', '/users/:id'],
    ['/users/42/orders/2024-11-30', '/users/:id/orders/:id'],
    ['/users/ann42/files', '/users/:id/files'],
    ['/users/Ann%20Carter', '/users/:id'],
    ['/users/Åsa', '/users/:id'],
    ['/orders/urn:uuid:3f2504e0', '/orders/:id'],
    ['42/', ':id/'],
    ['/search?q=ann', '/search'],
    ['/a/b#ann', '/a/:id'],
    ['/a/b?ann', '/a/:id'],
    [`/t/${'x'.repeat(41)}`, '/t/:id'],
  ])('%s shows words only: %s', async (path, shownAs) => {
    expect([...(await shown(`path_${path.length}_${path.charCodeAt(3)}_total`, 'http.route', [path])).keys()]).toEqual([
      shownAs,
    ]);
  });

  const templates = [
    '/users/:id?',
    ...[
      '/',
      '*',
      '/*',
      '/api/v1/chats',
      '/v1beta1/models',
      '/oauth2/callback',
      '/users/:id',
      '/users/{user_id}',
      '/users/[id]',
    ],
    ...[
      '/docs/[[...slug]]',
      '/users/<int:pk>/',
      '^users/(?P<pk>[0-9]{4})/$',
      '/files/*path',
      '/items/:id(\\d{3,})',
      '/{name}.{format}',
    ],
    ...[
      '/v1/models/{model}:generateContent',
      '/admin/items/:id',
      '/users{/:id}',
      '/collections/{collection_name}/points/search',
    ],
  ];
  test('stays when it is a template', async () => {
    expect([...(await shown('templates_total', 'http.route', templates)).keys()].sort()).toEqual(templates.toSorted());
  });

  test('is judged as the published error rates say, a whole corpus of it', async () => {
    const all = [...new Set([...paths, ...harmless.filter(({ made }) => made === 'route')].map(({ value }) => value))];
    const arrived = await shown('corpus_total', 'http.route', all);
    const expected = new Set(all.map(shownPath));
    // What is a word by its letters and personal by what they are is masked after that.
    expect([...arrived.keys()].filter((path) => !expected.has(path) && path !== '****')).toEqual([]);
    expect([...arrived.values()].reduce((sum, count) => sum + count)).toBe(all.length);
    expect(paths.filter(({ value }) => arrived.has(value))).toEqual([]);
  });
});
