// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { binary } from '../../services/native/binaries.ts';
import { root } from '../../services/native/settings.ts';
import { type Stack, startStack } from '../../services/native/stack.ts';
import { PrometheusApi } from './prometheus-api.ts';

/*
 * The committed alerts and routes on a running platform, with two changes: what takes a minute takes two seconds, and the receiver is
 * this test.
 */

interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

const soon = { timeout: 60_000, interval: 250 };
/** They are about the machine and the password, which are what they are here. */
const unrelated = /^(HighCpu|HighMemory|Disk\w+|Scrape\w+|DefaultCredentials)$/;

const received: Notification[] = [];
let stack: Stack;
let prometheus: PrometheusApi;
let alertmanager: string;
let running: ResultPromise;
let receiver: Server;

beforeAll(async () => {
  stack = await startStack({ ports: 'free', intervals: { scrape: 1, export: 1, collection: 1, evaluation: 1 } });
  prometheus = new PrometheusApi(stack.urls.prometheus);
  await expect.poll(() => prometheus.scalar('sum(onyx:service_up)'), soon).toBe(6);

  receiver = createServer(async (request, response) => {
    received.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const secret = join(stack.secretsDir, 'alert_webhook_url');
  await writeFile(secret, `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`);

  const config = parse(await readFile(join(root, 'collector-config/alertmanager/alertmanager.yml'), 'utf8'));
  config.receivers[1].webhook_configs[0].url_file = secret;
  Object.assign(config.route, { receiver: 'webhook', group_wait: '5s', group_interval: '2s' });
  const file = join(stack.dir, 'alertmanager.yml');
  await writeFile(file, stringify(config));
  const address = `127.0.0.1:${await getPort()}`;
  alertmanager = `http://${address}`;
  const flags = [`--storage.path=${join(stack.dir, 'drill')}`, `--web.listen-address=${address}`];
  running = execa(await binary('alertmanager'), [`--config.file=${file}`, ...flags, '--cluster.listen-address='], {
    reject: false,
    stdio: 'ignore',
  });
  await writeFile(join(stack.dir, 'prometheus/targets/alertmanager.yml'), stringify([{ targets: [address] }]));

  const path = join(stack.dir, 'prometheus/rules/alerts.yml');
  const { groups } = parse(await readFile(path, 'utf8')) as { groups: { rules: { alert: string; for?: string }[] }[] };
  for (const group of groups) {
    group.rules = group.rules
      .filter(({ alert }) => !unrelated.test(alert))
      .map((rule) => ({ ...rule, ...(rule.for && { for: `${2 * Number.parseInt(rule.for, 10)}s` }) }));
  }
  await writeFile(path, stringify({ groups: groups.filter(({ rules }) => rules.length > 0) }));
  process.kill(stack.processes.prometheus.pid as number, 'SIGHUP');
  await expect.poll(alerts, soon).toContain('Watchdog');
}, 300_000);

afterAll(async () => {
  receiver?.close();
  running?.kill();
  await running;
  await stack?.stop();
}, 60_000);

/** Names of what Alertmanager knows, with a `-` before those it tells nobody of because of another. */
async function alerts(): Promise<string[]> {
  const answer = await fetch(`${alertmanager}/api/v2/alerts`).catch(() => undefined);
  const all = ((await answer?.json()) ?? []) as { labels: { alertname: string }; status: { inhibitedBy: string[] } }[];
  return all.map(({ labels, status }) => (status.inhibitedBy.length > 0 ? '-' : '') + labels.alertname);
}

/** What was told since the last time this was asked, one line for each notification. */
function told(): string[] {
  return received.map(({ status, alerts: all }) =>
    [status, ...all.map(({ labels }) => `${labels.alertname} ${labels.service ?? ''}`.trim())].join(': '),
  );
}

test.each([
  [`curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=onyx:service_up'`, /"status":"success"/],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=onyx:service_freshness_seconds'`,
    /"status":"success"/,
  ],
  [
    `amtool silence add --alertmanager.url="$ALERTMANAGER" --author=operator --duration=2h --comment="being repaired" service=redis alertname=ServiceDown`,
    /^[0-9a-f-]{36}/,
  ],
  [`curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=up{service!=""}'`, /"status":"success"/],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=scrape_duration_seconds{service!=""}'`,
    /"status":"success"/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=scrape_samples_scraped{service!=""}'`,
    /"status":"success"/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=rate(otelcol_receiver_refused_metric_points_total[5m])'`,
    /"status":"success"/,
  ],
  [
    `amtool silence add --alertmanager.url="$ALERTMANAGER" --author=operator --duration=2h --comment="being repaired" alertname=ScrapeSlow`,
    /^[0-9a-f-]{36}/,
  ],
  [`curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=onyx:http_failures:ratio5m'`, /"status":"success"/],
  [`curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=onyx:latency_growth:ratio'`, /"status":"success"/],
  [`curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=onyx:chat_failures:burn1h'`, /"status":"success"/],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=sum by (task_type, success) (rate(onyx_task_completion_total[15m]))'`,
    /"status":"success"/,
  ],
  [
    `amtool silence add --alertmanager.url="$ALERTMANAGER" --author=operator --duration=2h --comment="being repaired" alertname=HighLatency service=suna`,
    /^[0-9a-f-]{36}/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=sum by (gen_ai_request_model, error_type) (rate(gen_ai_client_operation_duration_seconds_count[10m]))'`,
    /"status":"success"/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=sum(increase(onyx_gen_ai_cost_usd_total[1h]))'`,
    /"status":"success"/,
  ],
  [
    `amtool silence add --alertmanager.url="$ALERTMANAGER" --author=operator --duration=2h --comment="being repaired" alertname=ModelSlow`,
    /^[0-9a-f-]{36}/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=onyx:rag_retrieval_duration_seconds:p95_5m'`,
    /"status":"success"/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=sum(rate(onyx_rag_empty_results_total[15m]))'`,
    /"status":"success"/,
  ],
  [
    `amtool silence add --alertmanager.url="$ALERTMANAGER" --author=operator --duration=2h --comment="being repaired" alertname=RetrievalSlow`,
    /^[0-9a-f-]{36}/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=system_memory_utilization_ratio{state="used"}'`,
    /"status":"success"/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=max by (mountpoint) (system_filesystem_utilization_ratio)'`,
    /"status":"success"/,
  ],
  [
    `amtool silence add --alertmanager.url="$ALERTMANAGER" --author=operator --duration=2h --comment="being repaired" alertname=HighCpu`,
    /^[0-9a-f-]{36}/,
  ],
  [`curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=redis_memory_used_bytes'`, /"status":"success"/],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=sum(postgresql_backends) / max(postgresql_connection_max)'`,
    /"status":"success"/,
  ],
  [
    `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode 'query=sum by (database) (increase(postgresql_deadlocks_total[15m]))'`,
    /"status":"success"/,
  ],
  [
    `amtool silence add --alertmanager.url="$ALERTMANAGER" --author=operator --duration=2h --comment="being repaired" alertname=RedisMemoryHigh`,
    /^[0-9a-f-]{36}/,
  ],
  [`amtool alert query --alertmanager.url="$ALERTMANAGER"`, /Watchdog/],
])('a runbook says %s', async (command, expected) => {
  const { stdout } = await execa('sh', ['-c', command], {
    env: {
      PROMETHEUS: stack.urls.prometheus,
      ALERTMANAGER: alertmanager,
      PATH: [dirname(await binary('amtool')), process.env.PATH].join(delimiter),
    },
  });
  expect(stdout).toMatch(expected);
  if (command.includes('silence add')) {
    await execa(await binary('amtool'), ['silence', 'expire', `--alertmanager.url=${alertmanager}`, stdout.trim()]);
  }
});

test('a service that stops is told once, without what follows from it, and so is its end', async () => {
  received.length = 0;
  await stack.processes.onyx.stop('SIGKILL');
  await expect.poll(() => prometheus.scalar('onyx:service_up{service="onyx"}'), soon).toBe(0);
  const chats = async () => {
    const body = JSON.stringify({ message: 'hello', model: 'gpt-4o' });
    const headers = { 'content-type': 'application/json' };
    for (let chat = 0; chat < 5; chat += 1) {
      const answer = await fetch(`${stack.urls.suna}/api/chat`, { method: 'POST', headers, body });
      await answer.text();
    }
    return alerts();
  };
  await expect.poll(chats, soon).toContain('-HighErrorRate');
  await expect.poll(told, soon).toContain('firing: ServiceSilent onyx');
  expect(told().filter((line) => !line.includes('Watchdog'))).toEqual(['firing: ServiceSilent onyx']);
  await stack.processes.onyx.start();
  await expect.poll(told, soon).toContain('resolved: ServiceSilent onyx');
});

test('a collector that stops is one alert, not seven', async () => {
  received.length = 0;
  await stack.processes.collector.stop('SIGKILL');
  await expect.poll(told, soon).toContain('firing: CollectorDown');
  const firing = await prometheus.query('ALERTS{alertstate="firing", alertname=~"Service.*|Collector.*"}');
  expect(firing.map(({ labels }) => labels.alertname)).toEqual(['CollectorDown']);
});
