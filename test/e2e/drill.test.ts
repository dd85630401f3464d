// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, type ExpectStatic, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { SunaClient } from '../../services/load/client.ts';
import type { AgentEntry } from '../../services/load/ledger.ts';
import type { ChatCall } from '../../services/load/plan.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { alertmanagerConfigIn, layOutAlertmanager } from '../../services/native/stack/alertmanager-config.ts';
import { type Stack, startStack } from '../../services/native/stack/stack.ts';
import { runbooks } from '../grafana/runbook.ts';
import { typed } from '../typed.ts';
import { hasten } from './hasten.ts';
import { PrometheusApi } from './prometheus-api.ts';
import { tellRemains } from './remains.ts';

/*
 * The committed rules, alerts, routes and runbooks on a running platform, with two changes: minutes pass quickly, and the receiver is
 * this test.
 */

interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

const soon = { timeout: 90_000, interval: 250 };
/**
 * They are about the machine and the password, which are what they are here; and one failing call of the load is a large share of all that
 * a service makes in ten seconds.
 */
const unrelated = /^(HighCpu|HighMemory|Disk\w+|ScrapeSlow|DefaultCredentials|DependencyFailing)$/;
/** The pages with commands that this test runs. */
const pages = [...runbooks('docs/runbooks'), ...runbooks('docs/guides')].filter(([, sections]) =>
  sections.some(({ commands }) => commands.length > 0),
);

const received: Notification[] = [];
const cleanUp: (() => Promise<unknown>)[] = [];
let stack: Stack;
let prometheus: PrometheusApi;
let suna: SunaClient;
let alertmanager: string;
let environment: Record<string, string>;

const intervals = { scrape: 1, export: 1, collection: 1, evaluation: 1 };
const onUnexpectedEnd = tellRemains(() => stack);

beforeAll(async () => {
  stack = await startStack({ ports: 'free', intervals, onUnexpectedEnd });
  cleanUp.push(() => stack.stop());
  prometheus = new PrometheusApi(stack.urls.prometheus);
  suna = new SunaClient(stack.urls.suna, new AbortController().signal);
  alertmanager = await startAlertmanager(await startReceiver());
  await writeFile(targets('alertmanager'), stringify([{ targets: [new URL(alertmanager).host] }]));
  // Before alerts are hastened: a service that is not yet heard of would be told of as silent.
  await vi.waitFor(async () => expect(await prometheus.scalar('sum(onyx:service_up)')).toBe(6), soon);
  await hasten(stack, unrelated);
  environment = {
    PROMETHEUS: stack.urls.prometheus,
    ALERTMANAGER: alertmanager,
    PATH: [dirname(await binary('amtool')), process.env.PATH].join(delimiter),
  };
  await vi.waitFor(async () => expect(await toldOf()).toContain(alertmanager), soon);
  await vi.waitFor(async () => expect(await firing()).toEqual(['Watchdog']), soon);
}, 300_000);

afterAll(async () => {
  for (const end of cleanUp.reverse()) await end();
}, 60_000);

const targets = (name: string) => join(stack.dir, `prometheus/targets/${name}.yml`);

/** Returns its address. */
async function startReceiver(): Promise<string> {
  const receiver: Server = createServer(async (request, response) => {
    received.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  cleanUp.push(async () => receiver.close());
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
}

/** One that tells `receiver` by the way `webhook`; returns its own address. */
async function startAlertmanager(receiver: string): Promise<string> {
  const folder = join(stack.dir, 'drill');
  const ways = join(folder, 'notify');
  await mkdir(ways, { recursive: true });
  await writeFile(join(ways, 'webhook'), receiver);
  await layOutAlertmanager(folder, ways);
  const file = alertmanagerConfigIn(folder);
  const config = parse(await readFile(file, 'utf8'));
  // Twice what the collector waits before it forgets a sender, ten seconds here: what silences others must be known before.
  Object.assign(config.route, { group_wait: '20s', group_interval: '2s' });
  await writeFile(file, stringify(config));
  const address = `127.0.0.1:${await getPort()}`;
  const flags = [`--storage.path=${join(folder, 'data')}`, `--web.listen-address=${address}`];
  const running: ResultPromise = execa(
    await binary('alertmanager'),
    [`--config.file=${file}`, ...flags, '--cluster.listen-address='],
    { reject: false, stdio: 'ignore' },
  );
  cleanUp.push(async () => {
    running.kill();
    await running;
  });
  return `http://${address}`;
}

/** Names of what Alertmanager knows, with a `-` before those it sends no message of because of another. */
async function known(): Promise<string[]> {
  const answer = await fetch(`${alertmanager}/api/v2/alerts`).catch(() => undefined);
  const all = ((await answer?.json()) ?? []) as { labels: { alertname: string }; status: { inhibitedBy: string[] } }[];
  return all.map(({ labels, status }) => (status.inhibitedBy.length > 0 ? '-' : '') + labels.alertname);
}

/** What Prometheus says of whom it tells. It repeats itself after four evaluations, so Alertmanager may not know the watchdog yet. */
async function toldOf(): Promise<string> {
  return (await fetch(`${stack.urls.prometheus}/api/v1/alertmanagers`)).text();
}

/** Names of what fires in Prometheus, with or without a message. */
async function firing(): Promise<string[]> {
  const alerts = await prometheus.query('ALERTS{alertstate="firing"}');
  return alerts.map(({ labels }) => labels.alertname as string);
}

/** What was told, one line for each notification: for what it was grouped, and each alert with its runbook. */
function told(): string[] {
  return received.map(({ status, groupLabels, alerts }) =>
    [
      status,
      ...Object.values(groupLabels),
      ...alerts.map(({ annotations }) => annotations.runbook_url?.replace(/.*\//, '')),
    ].join(' '),
  );
}

/** What a command of a runbook answers; rejects when it fails. */
async function answer(command: string): Promise<string> {
  const { stdout } = await typed(command, { env: environment });
  return stdout;
}

/** What all commands answer that confirm an alert. */
async function confirmed(alert: string): Promise<string> {
  const section = pages.flatMap(([, sections]) => sections).find(({ heading }) => heading === alert);
  return (await Promise.all((section?.commands ?? []).map(answer))).join('\n');
}

test('a service that stops is told once, without what follows from it, and so is its end', async () => {
  const silent = /"service":"onyx"\},"value":\[[\d.]+,"0"\]/;
  expect(await confirmed('ServiceSilent')).not.toMatch(silent);
  received.length = 0;
  await stack.processes.onyx.stop('SIGKILL');
  const failing = async () => {
    await chat({ model: 'mock-fast' });
    return known();
  };
  await expect.poll(failing, soon).toEqual(expect.arrayContaining(['-HighErrorRate', 'ServiceSilent']));
  expect(await confirmed('ServiceSilent')).toMatch(silent);
  const notice = 'onyx services.md#:~:text=ServiceSilent';
  await expect.poll(told, soon).toEqual([`firing ${notice}`]);
  await stack.processes.onyx.start();
  await expect.poll(told, soon).toContain(`resolved ${notice}`);
  expect(await confirmed('ServiceSilent')).not.toMatch(silent);
});

describe('a runbook works', () => {
  test.each(pages)('every command of %s is answered', async (_, sections) => {
    for (const command of sections.flatMap(({ commands }) => commands)) {
      const said = await answer(command);
      if (command.includes('/api/v1/query')) expect(JSON.parse(said), command).toMatchObject({ status: 'success' });
      else expect(said, command).not.toBe('');
      if (command.includes('silence add'))
        await answer(`amtool silence expire --alertmanager.url="$ALERTMANAGER" ${said}`);
    }
  });
});

interface Fault {
  /** What the commands of the runbook show as long as it lasts, and not before. */
  readonly shows: RegExp;
  /** Called again and again until the alert fires. */
  happens(): Promise<void>;
  /** What the runbook says; without it, the fault is over when it does not happen again. */
  repair?(): Promise<void>;
}

const faults: Readonly<Record<string, () => Fault>> = {
  ScrapeRefused: () => {
    const file = targets('apps');
    const before = readFile(file, 'utf8');
    let written: Promise<void> | undefined;
    return {
      shows: /"lastError":".*connection refused/,
      // Once: Prometheus may read a file while it is written, and a target that was gone for a moment has no error yet.
      happens: () => {
        written ??= before.then((text) => writeFile(file, text.replace(/:\d+/, ':1')));
        return written;
      },
      repair: async () => writeFile(file, await before),
    };
  },
  TaskFailures: () => ({
    shows: /"success":"false","task_type":"export"\},"value":\[[\d.]+,"0\.0*[1-9]/,
    happens: async () => void (await suna.task({ afterSeconds: 0, taskType: 'export', items: 0 })),
  }),
  AgentsStuck: () => {
    const started: AgentEntry[] = [];
    return {
      shows: /"agent_type":"research","status":"waiting"\},"value":\[[\d.]+,"[1-9]/,
      happens: async () => {
        if (started.length === 0)
          started.push(await suna.startAgent({ agentType: 'research', status: 'waiting', held: true }));
      },
      repair: async () => {
        for (const agent of started) await suna.stopAgent(agent);
      },
    };
  },
  ModelFailures: () => ({
    shows: /"error_type":"[^"]+","gen_ai_request_model":"mock-retired"/,
    happens: () => chat({ model: 'mock-retired' }),
  }),
  RetrievalEmpty: () => ({
    shows: /"value":\[[\d.]+,"(1|0\.[5-9]\d*)"/,
    happens: async () => {
      for (let chats = 0; chats < 3; chats += 1) await chat({ model: 'mock-fast', message: zebras, threshold: 0.9 });
    },
  }),
  RetrievalSlow: () => ({
    shows: /p95_5m"\},"value":\[[\d.]+,"(0\.[5-9]|1)/,
    // The reranker takes as long as there are vectors.
    happens: () => chat({ model: 'mock-fast', vectors: 200 }),
  }),
  RequestsPilingUp: () => {
    const running = new Set<Promise<void>>();
    let lasts = true;
    // They find nothing either, as those of RetrievalEmpty, which happens meanwhile.
    const ask = (): void => {
      const one = chat({ model: 'mock-research', message: zebras, threshold: 0.9 }).finally(() => {
        running.delete(one);
        if (lasts) ask();
      });
      running.add(one);
    };
    return {
      shows: /"service":"onyx"\},"value":\[[\d.]+,"[2-9]\d"/,
      happens: async () => {
        while (running.size < 30) ask();
      },
      repair: async () => {
        lasts = false;
        await Promise.all(running);
      },
    };
  },
  RedisMemoryHigh: () => {
    const administer = async (...commands: [string, ...string[]][]) => {
      const password = await readFile(join(stack.secretsDir, 'redis_password'), 'utf8');
      const redis = new Redis({ port: stack.redisPort, password });
      try {
        for (const [command, ...args] of commands) await redis.call(command, ...args);
      } finally {
        await redis.quit();
      }
    };
    const megabytes = 20;
    const limit = Math.round(1.05 * megabytes * 2 ** 20);
    return {
      shows: /"redis_maxmemory_bytes"[^\]]+,"[1-9]/,
      happens: () =>
        administer(
          ['SETRANGE', 'ballast', String(megabytes * 2 ** 20), 'x'],
          ['CONFIG', 'SET', 'maxmemory', `${limit}`],
        ),
      repair: () => administer(['CONFIG', 'SET', 'maxmemory', '0'], ['DEL', 'ballast']),
    };
  },
  PostgresDeadlocks: () => ({
    shows: /"database":"postgres"\},"value":\[[\d.]+,"[1-9]/,
    happens: async () => {
      const clients = [await connected(), await connected()] as const;
      const locks = (client: Client, lock: number) => client.query('SELECT pg_advisory_xact_lock($1)', [lock]);
      for (const [index, client] of clients.entries()) {
        await client.query('BEGIN');
        await locks(client, index);
      }
      const [one, other] = await Promise.allSettled([locks(clients[0], 1), locks(clients[1], 0)]);
      expect([one.status, other.status].sort()).toEqual(['fulfilled', 'rejected']);
      await Promise.all(clients.map((client) => client.end()));
    },
  }),
};

/** Of which no document says anything. */
const zebras = 'Which orchestra plays for zebras?';

/** Of a user whose chats are of no importance. */
async function chat(call: Pick<ChatCall, 'model'> & Partial<ChatCall>): Promise<void> {
  await suna.chat('user-1', { message: 'Who may delete it?', pauseSeconds: 0, stream: false, vectors: 8, ...call });
}

async function connected(): Promise<Client> {
  const client = new Client(stack.postgres);
  await client.connect();
  return client;
}

/** From a fault to its alert, with its runbook to its repair. */
async function walkThrough(alert: string, { shows, happens, repair }: Fault, expect: ExpectStatic): Promise<void> {
  expect(await confirmed(alert)).not.toMatch(shows);
  const happening = async () => {
    await happens();
    return firing();
  };
  try {
    await expect.poll(happening, soon).toContain(alert);
    await expect.poll(() => confirmed(alert), soon).toMatch(shows);
  } finally {
    await repair?.();
  }
  await expect.poll(firing, soon).not.toContain(alert);
}

// They have nothing to do with each other, so they may happen at the same time.
describe.concurrent('a runbook leads from the alert to its end', () => {
  test.for(Object.entries(faults))('%s', ([alert, fault], { expect }) => walkThrough(alert, fault(), expect));
});

test('so does that of PostgresConnectionsHigh', async () => {
  const clients: Client[] = [];
  await walkThrough(
    'PostgresConnectionsHigh',
    {
      shows: /"value":\[[\d.]+,"0\.9\d*"/,
      happens: async () => {
        if (clients.length === 0) clients.push(await connected());
        const { rows } = await (clients[0] as Client).query(
          'SELECT sum(numbackends)::int AS taken FROM pg_stat_database',
        );
        // Of a hundred; the rest is left for Onyx and for the collector, which otherwise would know nothing.
        for (let taken = rows[0].taken; taken < 92; taken += 1) clients.push(await connected());
      },
      repair: async () => {
        await Promise.all(clients.map((client) => client.end()));
      },
    },
    expect,
  );
});

test('a collector that stops is one alert, not seven', async () => {
  const unreachable = /"service":"\w+"\},"value":\[[\d.]+,"0"\]/;
  expect(await confirmed('CollectorDown')).not.toMatch(unreachable);
  received.length = 0;
  await stack.processes.collector.stop('SIGKILL');
  await expect.poll(told, soon).toContain('firing CollectorDown collector.md#:~:text=CollectorDown');
  expect(await confirmed('CollectorDown')).toMatch(unreachable);
  expect((await firing()).filter((name) => /^(Service|Collector|Scrape)/.test(name))).toEqual(['CollectorDown']);
  await stack.processes.collector.start();
  await expect.poll(told, soon).toContain('resolved CollectorDown collector.md#:~:text=CollectorDown');
});
