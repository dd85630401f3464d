// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { boards } from '../../grafana/src/board-files.ts';
import { lineBudget } from '../../otel/src/catalogue/catalogue.ts';
import { healthy } from '../../services/load/mix.ts';
import { chats } from '../../services/load/plan.ts';
import { trickle } from '../../services/load/trickle.ts';
import { root } from '../../services/native/environment.ts';
import { type Stack, startStack } from '../../services/native/stack/stack.ts';
import { verificationFile } from '../../services/native/stack/verification.ts';
import { credentials } from '../../services/prometheus/http-endpoint.ts';
import { Prometheus } from '../../services/prometheus/prometheus.ts';
import { checks, verify } from '../../services/verify/plan.ts';
import { type Row, verdictOf } from '../../services/verify/report.ts';
import { readSettings, type Settings } from '../../services/verify/settings-file.ts';
import { slowness } from '../slowness.ts';
import { typed } from '../typed.ts';
import { GrafanaStandIn } from '../verify/grafana-stand-in.ts';
import { ownRuns } from './own-runs.ts';
import { tellRemains } from './remains.ts';
import { type Tampering, TamperingProxy } from './tampering.ts';

/*
 * The verifier is tested by sabotage: whatever is broken on the running platform, exactly that check fails and names the cause.
 * Proxies stand before three endpoints and the preview; Prometheus scrapes through them from the beginning.
 */

const soon = { timeout: 90_000, interval: 500 };
const tampered = ['suna', 'redis', 'infra'] as const;

// `npm run verify` judges the newest platform, which may be another test's.
const { cacheDir, remove } = ownRuns();
vi.stubEnv('ONYX_CACHE_DIR', cacheDir);

let stack: Stack;
let settings: Settings;
let prometheus: Prometheus;
let preview: TamperingProxy;
let grafana: GrafanaStandIn;
const endpoints = {} as Record<(typeof tampered)[number], TamperingProxy>;
const load = new AbortController();

const intervals = { scrape: 1, export: 1, collection: 1, evaluation: 1 };
const onUnexpectedEnd = tellRemains(() => stack);

beforeAll(async () => {
  stack = await startStack({ ports: 'free', intervals, onUnexpectedEnd });
  for (const name of tampered) {
    endpoints[name] = await TamperingProxy.before(new URL(stack.urls.endpoints[name]).origin);
    const groups = [{ targets: [endpoints[name].address], labels: { service: name } }];
    await writeFile(join(stack.dir, `prometheus/targets/${name}.yml`), stringify(groups));
  }
  prometheus = new Prometheus({ url: stack.urls.prometheus }, load.signal);
  preview = await TamperingProxy.before(stack.urls.preview);
  grafana = await GrafanaStandIn.start({ url: stack.urls.prometheus });
  settings = readSettings(verificationFile(stack.dir), { grafana: { url: `http://${preview.address}` } });
}, 300_000);

afterAll(async () => {
  load.abort();
  for (const server of [preview, grafana, ...Object.values(endpoints)]) server?.close();
  await stack?.stop();
  remove();
}, 60_000);

const reloadPrometheus = () => process.kill(stack.processes.prometheus.pid as number, 'SIGHUP');

/** Has Prometheus read its alerts with a change, until the test ends. */
async function changeAlerts(from: string, to: string): Promise<void> {
  const file = join(stack.dir, 'prometheus/rules/alerts.yml');
  const written = await readFile(file, 'utf8');
  onTestFinished(async () => {
    await writeFile(file, written);
    reloadPrometheus();
  });
  await writeFile(file, written.replace(from, to));
  reloadPrometheus();
}

/** Too slow to repeat, or not to be repeated often: the preview counts failed logins. */
const rare = ['scrape-time', 'access', 'accuracy'];

interface Judged {
  readonly failed: readonly string[];
  readonly rows: readonly Row[];
}

async function judge(
  more: readonly string[] = [],
  changed: Partial<Settings> = {},
  benchmark?: string,
): Promise<Judged> {
  const { rows } = await verify({
    settings: { ...settings, ...changed },
    selected: checks.filter(({ id }) => !rare.includes(id) || more.includes(id)),
    deadline: AbortSignal.timeout(60_000),
    ...(benchmark && { benchmark: async () => benchmark }),
  });
  const failed = rows.filter(({ verdict }) => verdict === 'fail');
  return { failed: [...new Set(failed.map(({ check }) => check))].sort(), rows };
}

/** A command as typed. */
const run = (command: string) => typed(command, { cwd: root, reject: false });

async function judgeOnly(check: string): Promise<readonly Row[]> {
  const selected = checks.filter(({ id }) => id === check);
  return (await verify({ settings, selected, deadline: AbortSignal.timeout(120_000) })).rows;
}

/** Checks that were seen to fail, alone, when what they look at was broken. */
const proved = new Set<string>();

/** Judges until exactly this check fails, and as its failure says; or none. */
async function failing(check?: string, why: readonly RegExp[] = [], how: () => Promise<Judged> = judge): Promise<void> {
  const found = async () => {
    const { failed, rows } = await how();
    return { failed, why: rows.flatMap((row) => (row.verdict === 'fail' ? [describeFailure(row)] : [])) };
  };
  await expect
    .poll(found, soon)
    .toEqual({ failed: check ? [check] : [], why: why.map((text) => expect.stringMatching(text)) });
  if (check) proved.add(check);
}

function describeFailure(row: Row & { verdict: 'fail' }): string {
  const { expected, seen, cause, change } = row.failure;
  return `${row.subject}: expected ${expected}; seen ${seen}; because ${cause}; change ${change}`;
}

function tamper(proxy: TamperingProxy, tampering: Tampering): void {
  proxy.tampering = tampering;
  onTestFinished(() => {
    proxy.tampering = {};
  });
}

/** Of the lines of a metric, or of all. */
const lines = (metric: string, change: (line: string) => string) => (body: string) =>
  body
    .split('\n')
    .map((line) => (line.startsWith(metric) ? change(line) : line))
    .filter((line, index, all) => line !== '' || index === all.length - 1)
    .join('\n');

describe('before anybody else uses the platform', () => {
  test('npm run verify -- --only accuracy finds of 20 chats exactly 20, on the platform that runs', async () => {
    const up = async () => (await judgeOnly('targets')).filter(({ verdict }) => verdict === 'pass').length;
    await expect.poll(up, { timeout: 60_000, interval: 500 }).toBe(6);
    // Others look on: to read changes no count.
    const [{ stdout, exitCode }, some, told, help] = await Promise.all([
      run('npm run verify -- --only accuracy'),
      run('npm run verify -- --only boards,rules'),
      run('npm run verify -- --only notify'),
      run('npm run verify -- --help'),
    ]);
    expect(exitCode, stdout).toBe(0);
    expect(stdout.match(/20 of 20/g) ?? [], stdout).toHaveLength(3);
    expect(some.stdout).toContain('recording rules');
    expect(some.stdout).not.toContain('9.1.1');
    expect(told.stdout).toContain('there is none: docs/guides/be-told.md');
    expect(help.stdout).toContain('--grafana-password-file');
  });

  test('a chat that is counted twice is found out', async () => {
    tamper(endpoints.suna, {
      change: lines('onyx_chat_duration_seconds_count', (line) =>
        line.replace(/\d+$/, (count) => `${2 * Number(count)}`),
      ),
    });
    await expect.poll(() => prometheus.value('sum(onyx_chat_duration_seconds_count)'), soon).toBe(40);
    await failing();
    const rows = await judgeOnly('accuracy');
    expect(rows.flatMap((row) => (row.verdict === 'fail' ? [describeFailure(row)] : []))).toEqual([
      expect.stringMatching(/^onyx_chat_duration_seconds: expected 20 more; seen 40 more; because two views/),
    ]);
    proved.add('accuracy');
  });
});

/** One without an item. */
const failingTask = { taskType: 'export', items: 0 } as const;

describe('under the demonstration load', () => {
  beforeAll(async () => {
    // Failures are part of it, or their panels would be empty.
    const mix = { ...healthy, chats: Object.values(chats), tasks: [...healthy.tasks, failingTask] };
    void trickle({ sunaUrl: stack.urls.suna, signal: load.signal, mix });
    // One query after the other gets an answer in the first half minute, and the share must not be judged on its way to 95 %.
    await vi.waitFor(
      async () => {
        const underLoad = (await judgeOnly('boards')).find(({ subject }) => subject === 'queries under load');
        expect(Number(/([\d.]+) %/.exec(JSON.stringify(underLoad))?.[1])).toBeGreaterThan(96);
      },
      { ...soon, timeout: 240_000 },
    );
  });

  test('every promise is kept, and the verdict takes less than 15 seconds, on a slower machine as much longer', async () => {
    await failing();
    const verified = async () => {
      const limit = 15_000 * slowness();
      const began = performance.now();
      const { stdout } = await run('npm run verify');
      const isInTime = performance.now() - began < limit;
      // A busy machine may be over 10 ms.
      const failed = stdout.split('\n').filter((line) => /│ fail +│/.test(line) && !line.includes('9.1.3'));
      return { stdout, isInTime, failed };
    };
    let found = await verified();
    // The best of three: other work on the machine is not what is judged.
    for (let turn = 1; turn < 3 && !(found.isInTime && found.failed.length === 0); turn++) found = await verified();
    const { stdout, ...kept } = found;
    expect(kept, stdout).toEqual({ isInTime: true, failed: [] });
    expect(stdout).toContain('pass (preview)');
    expect(stdout.replaceAll(/[│\s]+/g, ' ')).toMatch(
      /the password is admin.+they accept admin with the password admin/,
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d+ passed, \d+ failed, \d+ not checked, in [\d.]+ s$/);
  });

  test('it only reads: what runs is asked by GET, but for the login, and for nothing that changes it', async () => {
    const { prometheus: ofPrometheus, alertmanager: ofAlertmanager, suna, thirdParties } = settings;
    const places = [ofPrometheus, ofAlertmanager, suna, ...thirdParties].map((place) => place?.url ?? '');
    const doors = await Promise.all(places.map((url) => TamperingProxy.before(new URL(url).origin)));
    onTestFinished(() => {
      for (const door of doors) door.close();
    });
    const [toPrometheus = '', toAlertmanager = '', toSuna = '', ...toThirdParties] = doors.map(
      ({ address }) => `http://${address}`,
    );
    await judge(['access', 'scrape-time'], {
      prometheus: { url: toPrometheus },
      alertmanager: { url: toAlertmanager },
      suna: { url: toSuna },
      thirdParties: thirdParties.map((party, index) => ({ ...party, url: `${toThirdParties[index]}/metrics` })),
    });
    const asked = [preview, ...Object.values(endpoints), ...doors]
      .flatMap((door) => [...door.asked])
      .map((each) => each.replace(/label\/[^/]+/, 'label/…'));
    expect([...new Set(asked)].sort()).toEqual([
      'GET /',
      'GET /api/boards',
      'GET /api/health',
      'GET /api/prometheus/api/v1/label/…/values',
      'GET /api/prometheus/api/v1/query',
      'GET /api/prometheus/api/v1/query_range',
      'GET /api/v1/alertmanagers',
      'GET /api/v1/format_query',
      'GET /api/v1/label/…/values',
      'GET /api/v1/labels',
      'GET /api/v1/metadata',
      'GET /api/v1/query',
      'GET /api/v1/rules',
      'GET /api/v1/status/flags',
      'GET /api/v1/status/runtimeinfo',
      'GET /api/v1/targets',
      'GET /api/v2/alerts',
      'GET /api/v2/status',
      'GET /metrics',
      'POST /login',
    ]);
  });

  test('a slow endpoint is the one that is slow', async () => {
    tamper(endpoints.redis, { milliseconds: 15 });
    await failing();
    const rows = await judgeOnly('scrape-time');
    // A busy machine may be over 10 ms at others as well.
    expect(rows.flatMap((row) => (row.verdict === 'fail' ? [describeFailure(row)] : []))).toContainEqual(
      expect.stringMatching(
        /^redis: expected p95 under 10.+; seen p95 \d+\.\d ms with \d+ lines; because no CPU left.+or a proxy in between/,
      ),
    );
    const measured = new Map(
      rows.map((row) => [row.subject, row.verdict === 'not checked' ? row.reason : row.measured]),
    );
    const numbers = 'p50 [\\d.]+ ms, p95 [\\d.]+ ms, max [\\d.]+ ms, \\d+ lines, \\d+ bytes';
    const beside = "its own p95 of 15 minutes [\\d.]+ ms, Prometheus' own p95 of 15 minutes [\\d.]+ ms";
    // The proxy before redis compresses nothing.
    expect(measured.get('redis')).toMatch(new RegExp(`^${numbers}; ${beside}$`));
    expect(measured.get('onyx')).toMatch(new RegExp(`^${numbers} gzip; ${beside}$`));
    expect(measured.get("litellm's own /metrics")).toMatch(new RegExp(`^${numbers} gzip$`));
    proved.add('scrape-time');
  });

  test('an endpoint without authentication is named', async () => {
    tamper(endpoints.redis, { admit: credentials(settings.collector) });
    await failing('security', [/redis answers 200 to no credentials/]);
  });

  test('dashboards that anybody sees are no dashboards with a login', async () => {
    const password = await readFile(join(stack.secretsDir, 'grafana_admin_password'), 'utf8');
    const login = await fetch(`${stack.urls.preview}/login`, {
      ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ user: 'admin', password }) },
    });
    tamper(preview, { admit: { cookie: (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '' } });
    await failing('access', [/\/api\/boards answers 200 to anybody; because anonymous access/], () =>
      judge(['access']),
    );
  });

  test('a port that all addresses of the machine listen on is named', async () => {
    const open = await TamperingProxy.before(stack.urls.alertmanager, '0.0.0.0');
    onTestFinished(() => open.close());
    const [, port] = open.address.split(':');
    await failing('security', [new RegExp(`seen port ${port} on others as well; because it listens on all`)], () =>
      judge([], { alertmanager: { url: `http://${open.address}` } }),
    );
  });

  test('without Grafana or the preview nobody knows what people see: no board and no login has a verdict', async () => {
    const judgeWithout = () => judge(['access'], { grafana: undefined });
    await failing(undefined, [], judgeWithout);
    const { rows } = await judgeWithout();
    const shown = rows.filter(({ subject }) => subject === 'login' || boards.some(({ title }) => title === subject));
    expect(shown.map(({ verdict }) => verdict)).toEqual(Array(6).fill('not checked'));
  });

  test("with the stand-in for Grafana: its boards, login and settings pass, and not as a preview's", async () => {
    await failing(undefined, [], () => judge(['access'], { grafana: grafana.place }));
    const { rows } = await judge(['access'], { grafana: grafana.place });
    const ofGrafana = rows.filter(
      ({ subject }) => /^login$|^Grafana's settings$/.test(subject) || boards.some(({ title }) => title === subject),
    );
    expect(ofGrafana.map(verdictOf)).toEqual(Array(7).fill('pass'));
  });

  test('with the stand-in for Grafana: a board it has not loaded, and a setting that lets people sign up', async () => {
    const judgeGrafana = () => judge([], { grafana: grafana.place });
    grafana.missing = ['rag-performance'];
    await failing('boards', [/^RAG Performance: .+no board with the uid rag-performance/], judgeGrafana);
    grafana.missing = [];
    grafana.settings = { ...grafana.settings, users: { allow_sign_up: 'true' } };
    await failing('security', [/users\.allow_sign_up is true.+GF_USERS_ALLOW_SIGN_UP/], judgeGrafana);
  });

  test('a board that is gone is missed, and others are not taken for what was generated', async () => {
    tamper(preview, {
      only: (url) => url === '/api/boards',
      change: (body) => {
        const { boards: shown } = JSON.parse(body) as { boards: { uid: string; refresh: string; title: string }[] };
        for (const board of shown) {
          if (board.uid === 'rag-performance') board.uid = 'gone';
          if (board.uid === 'llm-metrics') board.refresh = '30s';
          if (board.uid === 'system-overview') board.title = 'Overview';
        }
        return JSON.stringify({ boards: shown }).replaceAll('onyx:service_up', 'up');
      },
    });
    await failing('boards', [
      /^System Overview: .+seen the title "Overview"/,
      /^LLM Metrics: expected the board as generated, refreshing every 10 s; seen refresh 30s/,
      /^RAG Performance: .+no board with the uid rag-performance.+npm run generate/,
      /^Infrastructure Health: .+seen no panel that asks for .*onyx:service_up/,
    ]);
  });

  test('a board that takes over 2 seconds is named with its slowest query, and one with a query that is refused', async () => {
    const isLoad = (url: string) => url.includes('system_cpu_load_average_5m');
    tamper(preview, { only: isLoad, milliseconds: 2_050 });
    await failing('boards', [
      /^System Overview: .+within 2 s; seen \d\.\d+ s, of which "Load for each core: last 5 minutes" took \d\.\d+ s; because a query reads too many/,
    ]);
    tamper(preview, { only: isLoad, change: () => '{"status":"error","error":"query timed out"}' });
    await failing('boards', [
      /"Load for each core: last 5 minutes": ERROR, query timed out; because Prometheus refused/,
    ]);
  });

  test('a panel that goes empty is named, with the series nobody sends any more', async () => {
    tamper(endpoints.infra, { change: lines('system_cpu_load_average_5m', () => '') });
    await failing('boards', [
      /"Load for each core: last 5 minutes": EMPTY.+no process sends system_cpu_load_average_5m/,
    ]);
  });

  test('a series that one service no longer has is missed, though another has it', async () => {
    tamper(endpoints.suna, { change: lines('nodejs_eventloop_utilization_ratio', () => '') });
    await failing('targets', [/^suna: .+seen no nodejs_eventloop_utilization_ratio; because another version/]);
  });

  test('a label that is dropped is missed', async () => {
    tamper(endpoints.suna, { change: lines('onyx_chat_', (line) => line.replace(/,?user_id="[^"]*"/, '')) });
    await failing('contract', [
      /^onyx_chat_duration_seconds: expected the labels model, user_id, success.+seen suna has a series without user_id; because a view/,
    ]);
  });

  test('a second view of a metric is seen by the labels it has not', async () => {
    const plain = 'onyx_chat_duration_seconds_count{instance="second-0a0a0a0a-0"} 1\n';
    tamper(endpoints.suna, { change: (body) => body + plain });
    await failing('contract', [/seen suna has a series without model/]);
  });

  test('a boundary that is moved is seen', async () => {
    tamper(endpoints.suna, { change: lines('onyx_chat_', (line) => line.replace('le="1.5"', 'le="1.25"')) });
    await failing('contract', [/expected the boundaries 0.1 0.5 1 1.5 2 5; seen 0.1 0.5 1 1.25 2 5 from suna/]);
  });

  test('a metric that became one of another type is seen', async () => {
    tamper(endpoints.suna, {
      change: lines('# TYPE onyx_chat_duration_seconds ', (line) => line.replace('histogram', 'gauge')),
    });
    await failing('contract', [/^onyx_chat_duration_seconds: expected histogram; seen gauge; because two senders/]);
  });

  test('lines beyond the budget are counted', async () => {
    const more = Array.from({ length: lineBudget }, (_, index) => `more_lines{state="${index}"} 1\n`).join('');
    tamper(endpoints.infra, { change: (body) => body + more });
    await failing('contract', [/^lines of endpoints: .+seen infra 4\d{4}/]);
  });

  test('another interval than 15 seconds is one of Prometheus', async () => {
    await failing(
      'targets',
      Array(6).fill(/expected a scrape every 15 s; seen one every 1 s; .+scrape_interval.+prometheus\.yml/),
      () => judge([], { scrapeSeconds: 15 }),
    );
  });

  test('a rule that somebody changed is named, with what it is now', async () => {
    await changeAlerts('onyx:latency_growth:ratio > 2', 'onyx:latency_growth:ratio > 20');
    await failing('rules', [
      /^alert rules: .+seen HighLatency is \(onyx:latency_growth:ratio > 20\) unless .+npm run generate/,
    ]);
  });

  test('a group of rules that takes a turn an hour is named', async () => {
    await changeAlerts('  - name: host\n', '  - name: host\n    interval: 1h\n');
    await failing('alerting', [
      /^evaluation: expected a turn every 60 s.+; seen host takes one every 3600 s; because .+ was changed/,
    ]);
  });

  test('a Prometheus that tells nobody of its alerts is missed', async () => {
    const file = join(stack.dir, 'prometheus/targets/alertmanager.yml');
    const written = await readFile(file, 'utf8');
    onTestFinished(() => writeFile(file, written));
    await writeFile(file, '[]');
    await failing('alerting', [/^watchdog: .+seen it knows none; because its target file is empty/]);
  });

  test('a disk without room for the retention is told in bytes', async () => {
    const full = (line: string) => (line.includes('state="free"') ? line.replace(/ \S+$/, ' 1') : line);
    tamper(endpoints.infra, { change: lines('system_filesystem_usage_bytes', full) });
    await failing('storage', [/expected [\d.]+ GB free at \/; seen 0.0 GB/]);
  });

  test('a benchmark over the budget speaks against the preload', async () => {
    const ratio = { cpuMicrosecondsPerRequest: { median: 1.2 } };
    const result = JSON.stringify({
      ...{ date: '2026-11-25T10:00:00.000Z', commit: 'abc', machine: { cpu: 'any', cores: 2 } },
      comparison: { '2 ms handler': { bare: {}, 'otel/register': { ratio } } },
    });
    await failing('overhead', [/expected under 5 %; seen 2 ms handler 20.0 %/], () => judge([], {}, result));
  });

  test('a metric that is renamed is missed, and its new name is told', async () => {
    tamper(endpoints.suna, {
      change: (body) => body.replaceAll('onyx_chat_duration_seconds', 'onyx_chat_time_seconds'),
    });
    await failing('contract', [
      /^onyx_chat_duration_seconds: .+renamed \(the catalogue lacks .*onyx_chat_time_seconds_count/,
    ]);
  });

  test('an e-mail address in a label and a raw user id are told by their labels, and not repeated', async () => {
    tamper(endpoints.suna, {
      change: lines('onyx_chat_', (line) =>
        line.replace(/model="[^"]*"/, 'model="ann@example.com"').replace(/user_id="[^"]*"/, 'user_id="ann"'),
      ),
    });
    await failing('personal-data', [
      /^(?!.*\bann\b).*an e-mail address in model, a user id that is no pseudonym in user_id/,
    ]);
  });

  test('of six that are broken each has its cause: an endpoint that repeats itself, one at another port, a target that is gone, rules that are late, a service and an Alertmanager that stopped', async () => {
    const headers = credentials(settings.collector);
    const frozen = await fetch(stack.urls.endpoints.suna, { headers }).then((answer) => answer.text());
    tamper(endpoints.suna, { change: () => frozen });
    await stack.processes.redis.stop('SIGKILL');
    const elsewhere = [{ targets: ['127.0.0.1:9'], labels: { service: 'qdrant' } }];
    await writeFile(join(stack.dir, 'prometheus/targets/qdrant.yml'), stringify(elsewhere));
    await writeFile(join(stack.dir, 'prometheus/targets/supabase.yml'), '[]');
    await readRemotely();
    const broken = async (check: string) =>
      (await judgeOnly(check)).flatMap((row) => (row.verdict === 'fail' ? [describeFailure(row)] : []));
    await expect
      .poll(() => broken('alerting'), soon)
      .toEqual([
        expect.stringMatching(
          /^evaluation: .+seen remote not once in the \d+ s since.+because evaluating takes longer/,
        ),
      ]);
    await stack.processes.alertmanager.stop('SIGKILL');
    await expect
      .poll(() => broken('alerting'), soon)
      .toEqual([
        expect.stringMatching(/^evaluation: /),
        expect.stringMatching(/^watchdog: .+ECONNREFUSED; because Alertmanager is down/),
      ]);
    await expect
      .poll(() => broken('targets'), soon)
      .toEqual([
        expect.stringMatching(/^suna: expected values that change.+because the process hangs/),
        expect.stringMatching(
          /^qdrant: expected an endpoint.+ is down: .+refused; because the collector is down, or its port/,
        ),
        expect.stringMatching(/^supabase: expected a target.+because its scrape job or its target file is missing/),
        expect.stringMatching(
          /^redis: expected onyx:service_up 1.+seen onyx:service_up 0.+because the service is down/,
        ),
      ]);
  });

  test('of every check it was seen that it fails when what it looks at is broken, and no other', () => {
    // That of `notify`: test/alertmanager/notify.test.ts.
    expect([...proved, 'notify'].sort()).toEqual(checks.map(({ id }) => id).sort());
  });
});

/** Gives Prometheus a rule that reads from a store elsewhere, which does not answer. */
async function readRemotely(): Promise<void> {
  const store = createServer().listen(0, '127.0.0.1');
  await once(store, 'listening');
  onTestFinished(() => {
    store.close();
    store.closeAllConnections();
  });
  const file = join(stack.dir, 'prometheus/prometheus.yml');
  const url = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
  const remote = { remote_read: [{ url, read_recent: true, required_matchers: { store: 'remote' } }] };
  await writeFile(file, `${await readFile(file, 'utf8')}\n${stringify(remote)}`);
  const rule = { record: 'remote:up', expr: 'sum(up{store="remote"})' };
  await writeFile(
    join(stack.dir, 'prometheus/rules/remote.yml'),
    stringify({ groups: [{ name: 'remote', rules: [rule] }] }),
  );
  reloadPrometheus();
}
