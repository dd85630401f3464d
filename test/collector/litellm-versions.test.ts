// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import * as signals from '../../grafana/src/signals/litellm.ts';
import type { Signal } from '../../grafana/src/signals/signal.ts';
import { filled } from '../../services/verify/expression.ts';
import { startCollector } from './helpers/collector.ts';
import { startPrometheus } from './helpers/prometheus.ts';
import { litellmVersions } from './helpers/servers.ts';
import { pseudonym } from './helpers/targets.ts';

/** What each version says by itself, with everything on: written from its list of metrics and labels, for two people. */

const people = ['ann', 'ben'].map((name) => ({
  key: {
    hashed_api_key: name === 'ann' ? 'a1'.repeat(32) : 'b2'.repeat(32),
    api_key_alias: `key-of-${name}`,
    team: `team-${name}`,
    team_alias: `friends-of-${name}`,
  },
  user: { end_user: `customer-${name}`, user: name, user_email: `${name}@example.com` },
}));

interface Version {
  /** Labels of requests without those of a key and of a user. */
  readonly request: Readonly<Record<string, string>>;
  /** Labels of the spend that name the model. */
  readonly spend: Readonly<Record<string, string>>;
  readonly deployment: Readonly<Record<string, string>>;
  readonly since: { readonly queue: boolean };
}

const versions: Readonly<Record<(typeof litellmVersions)[number], Version>> = {
  '1.80': {
    request: { route: '/v1/chat/completions' },
    spend: { model: 'gpt-4o' },
    deployment: { api_base: 'https://ann.example.com', model_id: 'c3'.repeat(32) },
    since: { queue: false },
  },
  '1.106': {
    request: {
      route: '/v1/chat/completions',
      client_ip: '203.0.113.7',
      user_agent: 'curl/8',
      model_id: 'c3'.repeat(32),
      org_id: 'org-ann',
    },
    spend: {
      model: 'gpt-4o',
      requested_model: 'gpt-4o',
      client_ip: '203.0.113.7',
      user_agent: 'curl/8',
      api_provider: 'openai',
    },
    deployment: { api_base: 'https://ann.example.com', model_id: 'c3'.repeat(32), org_alias: 'friends-of-ann' },
    since: { queue: true },
  },
};

const written = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',');

/** The text of a version after so many requests of each person, one in four of which failed. */
function exposition({ request, spend, deployment, since }: Version, times: number): string {
  const asked = { requested_model: 'gpt-4o' };
  const counter = (
    name: string,
    labels: (person: (typeof people)[number]) => Readonly<Record<string, string>>,
    each: number,
  ) => [
    `# TYPE ${name} counter`,
    ...people.map((person) => `${name}_total{${written(labels(person))}} ${each * times}`),
    `# TYPE ${name}_created gauge`,
    ...people.map((person) => `${name}_created{${written(labels(person))}} 1.7e+09`),
  ];
  const histogram = (name: string) => [
    `# TYPE ${name} histogram`,
    ...people.flatMap(({ key, user }) => {
      const labels = written({ ...key, end_user: user.end_user, user: user.user, model: 'gpt-4o', ...asked });
      return [
        ...['0.5', '1.0', '+Inf'].map((le) => `${name}_bucket{${labels},le="${le}"} ${le === '0.5' ? 0 : times}`),
        `${name}_count{${labels}} ${times}`,
        `${name}_sum{${labels}} ${0.75 * times}`,
      ];
    }),
  ];
  const deployed = { ...deployment, api_provider: 'openai', litellm_model_name: 'gpt-4o' };
  return [
    ...counter(
      'litellm_proxy_total_requests_metric',
      ({ key, user }) => ({ ...key, ...user, ...asked, ...request, status_code: '200' }),
      3,
    ),
    ...people.map(
      ({ key, user }) =>
        `litellm_proxy_total_requests_metric_total{${written({ ...key, ...user, ...asked, ...request, status_code: '500' })}} ${times}`,
    ),
    ...counter('litellm_spend_metric', ({ key, user }) => ({ ...key, ...user, ...spend }), 0.5),
    ...Object.entries({ input: 20, input_cached: 5, output: 40, output_reasoning: 10 }).flatMap(([kind, each]) =>
      counter(
        `litellm_${kind}_tokens_metric`,
        ({ key, user }) => ({ ...key, ...user, model: 'gpt-4o', ...asked }),
        each,
      ),
    ),
    ...histogram('litellm_llm_api_latency_metric'),
    ...histogram('litellm_llm_api_time_to_first_token_metric'),
    ...(since.queue
      ? [
          ...histogram('litellm_request_queue_time_seconds'),
          '# TYPE litellm_in_flight_requests gauge',
          'litellm_in_flight_requests 2',
        ]
      : []),
    ...counter(
      'litellm_deployment_successful_fallbacks',
      ({ key }) => ({ ...key, ...asked, fallback_model: 'gpt-4o-mini' }),
      1,
    ),
    '# TYPE litellm_deployment_state gauge',
    `litellm_deployment_state{${written(deployed)}} 1`,
    '# TYPE litellm_remaining_team_budget_metric gauge',
    ...people.map(
      ({ key }) => `litellm_remaining_team_budget_metric{team="${key.team}",team_alias="${key.team_alias}"} 9`,
    ),
    '# TYPE process_resident_memory_bytes gauge',
    'process_resident_memory_bytes 2.6e+08',
    '',
  ]
    .join('\n')
    .replace(
      /(# TYPE litellm_proxy_total_requests_metric_created gauge[\s\S]*?)(?=litellm_proxy_total_requests_metric_total)/,
      '',
    );
}

/** Signals that a version has nothing for. */
const unknownTo: Readonly<Record<(typeof litellmVersions)[number], readonly string[]>> = {
  '1.80': [signals.queueTime.title, signals.proxyInFlight.title],
  '1.106': [],
};

test.each(litellmVersions)('of %s every board reads the same, and nothing personal is left', async (version) => {
  let times = 0;
  const target = createServer((_request, response) => {
    times += 4;
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(exposition(versions[version], times));
  });
  await once(target.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void target.close());
  const { port } = target.address() as AddressInfo;
  const collector = await startCollector({ ONYX_LITELLM_TARGET: `127.0.0.1:${port}` });
  onTestFinished(async () => void (await collector.stop()));
  const prometheus = await startPrometheus(collector);
  onTestFinished(() => prometheus.stop());

  const empty = async () => {
    const all = Object.values(signals) as Signal[];
    const found = await Promise.all(
      all.map(async ({ title, queries: [first] }) =>
        (await prometheus.query(filled(first.expr, 60))).length > 0 ? [] : [title],
      ),
    );
    return found.flat().sort();
  };
  await expect.poll(empty).toEqual([...unknownTo[version]].sort());
  // By model on every version, also what an old one knows by another label.
  for (const { queries } of [signals.proxyRequests, signals.spendByModel, signals.proxyLatency, signals.tokensIn]) {
    const series = await prometheus.query(filled(queries[0].expr, 60));
    expect(series.map(({ metric }) => metric.requested_model ?? metric.gen_ai_request_model)).toEqual(['gpt-4o']);
  }
  const [failing] = await prometheus.query(filled(signals.proxyFailures.queries[0].expr, 60));
  expect(Number(failing?.value?.[1])).toBeCloseTo(0.25, 2);
  const { body } = await collector.scrape('litellm');
  expect(body).toMatch(/^litellm_spend_metric_total\{/m);
  expect(body).not.toMatch(/\b(ann|ben)\b|a1a1|b2b2|c3c3|203\.0\.113|customer|friends/);
  const teams = people.map(({ key }) => `t_${pseudonym(key.team)}`).sort();
  for (const metric of ['litellm_spend_metric_total', 'litellm_remaining_team_budget_metric'])
    expect((await prometheus.query(metric)).map(({ metric: labels }) => labels.team_hash).sort()).toEqual(teams);
});
