// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { boards } from '../../grafana/src/board-files.ts';
import { alertList } from '../../grafana/src/signals/services.ts';
import type { Signal } from '../../grafana/src/signals/signal.ts';
import { type Stack, startStack } from '../../services/native/stack/stack.ts';
import { verificationFile } from '../../services/native/stack/verification.ts';
import { type Scenario, scenarioNames, scenarios } from '../../services/scenarios/scenarios.ts';
import { Stage } from '../../services/scenarios/stage.ts';
import { checks, verify } from '../../services/verify/plan.ts';
import { readSettings } from '../../services/verify/settings-file.ts';
import { alertCases } from '../grafana/alert-cases.ts';
import { hasten } from './hasten.ts';
import { PrometheusApi, type Sample } from './prometheus-api.ts';
import { tellRemains } from './remains.ts';

/*
 * Every scenario on one running platform, one after another: what alerts and boards say is what an operator should conclude, and it is
 * the cause. With the committed rules and routes, whose minutes pass quickly.
 */

/** They are about the machine and the time a scrape takes here, and about hours that no test has. */
const unrelated = /^(HighCpu|HighMemory|Disk\w+|ScrapeSlow|CollectionSlow|PanelsEmpty|HighLatency)$/;
/** The first fires always. The other one does here, where the password is the default. */
const always = /^(Watchdog|DefaultCredentials)$/;
const soon = { timeout: 120_000, interval: 500 };

let stack: Stack;
let stage: Stage;
let prometheus: PrometheusApi;

const onUnexpectedEnd = tellRemains(() => stack);

beforeAll(async () => {
  const intervals = { scrape: 1, export: 1, collection: 1, evaluation: 1, canary: 1 };
  stack = await startStack({ ports: 'free', canary: true, intervals, onUnexpectedEnd });
  prometheus = new PrometheusApi(stack.urls.prometheus);
  stage = new Stage(stack);
  await stage.play();
  // Before alerts are hastened: a service that is not yet heard of would be told of as silent.
  await vi.waitFor(async () => expect(await prometheus.scalar('sum(onyx:service_up)')).toBe(6), soon);
  await hasten(stack, unrelated);
}, 300_000);

afterAll(async () => {
  await stage?.clear();
  await stack?.stop();
}, 60_000);

/** Alerts of which people are told: those that fire and do not follow from another, by what Alertmanager knows. */
async function told(): Promise<readonly Readonly<Record<string, string>>[]> {
  const answer = await fetch(`${stack.urls.alertmanager}/api/v2/alerts?inhibited=false`);
  const alerts = (await answer.json()) as { labels: Record<string, string> }[];
  return alerts.map(({ labels }) => labels).filter(({ alertname = '' }) => !always.test(alertname));
}

/** Begins of the links of all that fires, and labels that say where they lead. */
async function links(): Promise<readonly string[]> {
  const answer = await fetch(`${stack.urls.alertmanager}/api/v2/alerts`);
  const alerts = (await answer.json()) as { labels: object; annotations: Record<string, string> }[];
  return alerts.flatMap(({ labels, annotations: { dashboard_url = '', runbook_url = '' } }) => [
    ...[dashboard_url, runbook_url].map((link) => new URL(link).origin),
    ...Object.keys(labels).filter((label) => label.includes('url')),
  ]);
}

/** The signal that a panel of a board draws, or a column of it. */
function signalOf({ board, panel: title, column }: Scenario['conclusion']): Signal {
  const drawn = boards
    .filter(({ uid }) => uid === board)
    .flatMap(({ rows }) => rows.flatMap(({ panels }) => panels.map(({ panel }) => panel)))
    .find(({ panel }) => panel.title === title);
  const headings = drawn?.panel.transformations?.flatMap(({ options }) => Object.entries(options.renameByName ?? {}));
  const values = headings?.filter(([ref]) => ref.startsWith('Value #')).map(([, heading]) => heading);
  const signal = drawn?.signals[column === undefined ? 0 : (values?.indexOf(column) ?? -1)];
  if (signal === undefined) throw new Error(`${board} has no panel "${title}", or it has no column "${column}"`);
  return signal;
}

/** The lines a reader of a panel would point at: in a bad state, beyond the limit, or the highest where there is no limit. */
async function standOut({ queries, states, threshold }: Signal): Promise<string[]> {
  const lines = await Promise.all(
    queries.map(async ({ expr, legend }) => {
      const samples = await prometheus.query(expr.replaceAll('$window', '15s').replaceAll(/\$[a-z]+/g, '.*'));
      return samples.map(({ labels, value }) => ({
        name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? ''),
        value,
      }));
    }),
  );
  const all = lines.flat();
  const highest = Math.max(...all.map(({ value }) => value));
  const isBad = (value: number) => {
    if (states) return states[value]?.meaning === 'critical';
    if (!threshold) return value === highest;
    return threshold.warning < threshold.critical ? value >= threshold.critical : value <= threshold.critical;
  };
  return all.filter(({ value }) => isBad(value)).map(({ name }) => name);
}

const named = ({ labels }: Sample) => labels.alertname;

test('nothing is told, and no limit of a tile is reached, while all is well', async () => {
  await expect.poll(told, soon).toEqual([]);
  for (const { uid, rows } of boards) {
    for (const { panel, signals } of rows.flatMap(({ panels }) => panels.map(({ panel }) => panel))) {
      if (panel.type !== 'stat' || /^(Fullest disk|Alerts)$/.test(panel.title ?? '')) continue;
      for (const signal of signals.filter(({ states, threshold }) => states ?? threshold))
        await expect.poll(() => standOut(signal), { ...soon, message: `${uid}: ${panel.title}` }).toEqual([]);
    }
  }
});

test('nor does a service leave a call before its end, which would count as one that failed', async () => {
  expect(await prometheus.query('http_client_request_duration_seconds_count{error_type="aborted"} > 0')).toEqual([]);
});

test('the alerts of the canary are tested with series that a canary has', async () => {
  const { CanaryFails, CanarySilent } = alertCases;
  const cases = [CanaryFails, CanarySilent].flatMap((one) => Object.values({ ...one?.fires, ...one?.silent }));
  const played = new Set(cases.flatMap((one) => Object.keys('series' in one ? one.series : one)));
  expect(played.size).toBeGreaterThan(4);
  for (const series of played) await expect.poll(() => prometheus.query(series), { message: series }).toHaveLength(1);
});

test('chats are not counted one by one while the canary asks as well', async () => {
  const settings = readSettings(verificationFile(stack.dir), {});
  const selected = checks.filter(({ id }) => id === 'accuracy');
  const { rows } = await verify({ settings, selected, deadline: AbortSignal.timeout(60_000) });
  expect(rows).toMatchObject([{ verdict: 'not checked', reason: expect.stringContaining('ONYX_CANARY=0') }]);
});

test('the canary is in no figure of users, and its calls of models have a name of their own', async () => {
  const client = new Client(stack.postgres);
  await client.connect();
  onTestFinished(() => client.end());
  const rows = async (query: string): Promise<string[]> => (await client.query(query)).rows.map(({ found }) => found);
  const questions = async () => (await rows("SELECT id AS found FROM chat_messages WHERE user_id = 'canary'")).length;
  await expect.poll(questions).toBeGreaterThan(3);

  const key = await readFile(join(stack.secretsDir, 'user_id_key'), 'utf8');
  const pseudonym = (id: string) => `u_${createHmac('sha256', key).update(id).digest('hex').slice(0, 12)}`;
  const ada = 'ada@example.com';
  for (let times = 0; times < 3; times += 1) {
    const body = JSON.stringify({ message: 'Why?', user_id: ada, model: 'mock-fast' });
    await fetch(`${stack.urls.suna}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  }
  const byUser = async () => {
    const samples = await prometheus.query('sum by (user_id) (onyx_chat_duration_seconds_count)');
    return new Map(samples.map(({ labels, value }) => [labels.user_id, value]));
  };
  await expect.poll(async () => (await byUser()).get(pseudonym(ada))).toBe(3);
  const shown = [...(await byUser()).keys()];
  const people = new Set((await rows("SELECT id AS found FROM users WHERE id <> 'canary'")).map(pseudonym));
  expect(shown.filter((user = '') => !people.has(user))).toEqual([]);
  const active = `SELECT (SELECT count FROM onyx_metrics.active_users WHERE "window" = '1d') =
    (SELECT count(DISTINCT user_id) FROM chat_messages WHERE user_id <> 'canary') AS found`;
  expect(await rows(active)).toEqual([true]);

  const asked = await questions();
  const ofProxy = (metric: string) => prometheus.scalar(`sum(${metric}{requested_model="canary"})`);
  await expect.poll(() => ofProxy('litellm_proxy_total_requests_metric_total')).toBeGreaterThanOrEqual(asked);
  const tokens = async (metric: string, price: number) =>
    price * (await ofProxy(`litellm_${metric}_tokens_metric_total`));
  const cost = async () => (await tokens('input', 0.000001)) + (await tokens('output', 0.000004));
  await expect.poll(async () => (await ofProxy('litellm_spend_metric_total')) - (await cost())).toBeCloseTo(0, 6);
  expect(await cost()).toBeGreaterThan(0);
});

test.each(scenarioNames)(
  'the scenario %s leads to its cause, and to nothing else',
  async (name) => {
    const scenario: Scenario = scenarios[name];
    const { alert, labels, follows = [], lines } = scenario.conclusion;
    const expected = { alertname: alert, ...labels };
    await stage.play(scenario);
    await expect.poll(told, soon).toContainEqual(expect.objectContaining(expected));
    await expect.poll(async () => (await standOut(signalOf(scenario.conclusion))).sort(), soon).toEqual(lines);
    // A service that is back after a restart keeps alerts quiet for a while.
    const listed = async () => (await prometheus.query(alertList.queries[0].expr)).map(named);
    await expect.poll(listed, soon).toContain(alert);
    const others = async () =>
      (await told()).filter(
        ({ alertname = '', ...rest }) =>
          !follows.includes(alertname) &&
          !(alertname === alert && Object.entries(labels).every(([label, value]) => rest[label] === value)),
      );
    await expect.poll(others, soon).toEqual([]);
    expect(new Set(await links())).toEqual(new Set([`http://localhost:${new URL(stack.urls.preview).port}`]));
  },
  300_000,
);

test('meanwhile it was told that the password is the default one', async () => {
  const fired = async () => (await prometheus.query('last_over_time(ALERTS{alertstate="firing"}[30m])')).map(named);
  await expect.poll(fired, soon).toContain('DefaultCredentials');
});
