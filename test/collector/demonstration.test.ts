// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as chat from '../../grafana/src/signals/chat.ts';
import * as http from '../../grafana/src/signals/http.ts';
import * as models from '../../grafana/src/signals/models.ts';
import type { Signal } from '../../grafana/src/signals/signal.ts';
import { lineBudget, type MetricName, services } from '../../otel/src/catalogue/catalogue.ts';
import { usersAs } from '../../otel/src/limit/pseudonym.ts';
import { filled } from '../../services/verify/expression.ts';
import { folderOfFile } from '../folder.ts';
import { fixture, type Preloaded, preloaded } from '../otel/helpers/preloaded.ts';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';

/*
 * 25 models, 200 users, 60 routes and failures of every kind, recorded by a process of each service. Do the boards' own queries name what
 * fails or is slow, and say how slow? A ledger that knows every duration tells.
 */

type Labels = Readonly<Record<string, string | number>>;
type Measurement = readonly [seconds: number, labels: Labels];

const rounds = 10;
const failing = { model: 'model-7', route: '/pages/an', user: 'user-42' } as const;
const slow = { model: 'model-24', route: '/pages/ch', user: 'user-99' } as const;
const key = 'a key of the demonstration';

const letters = (index: number) => String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26));
const count = (length: number) => Array.from({ length }, (_, index) => index);
const modelNames = count(25).map((index) => `model-${index}`);
const routes = count(60).map((index) => `/pages/${letters(index)}`);
const users = count(200).map((index) => `user-${index}`);
const kinds = count(30).map((index) => `failure_${letters(index)}`);

/** As durations are: none below half of their mean, most near it, a few far above. Sorted. */
const spread = (mean: number, many: number): number[] =>
  count(many).map((index) => mean * (0.5 - 0.5 * Math.log(1 - (index + 0.5) / many)));
/** Steps of the same ratio from one duration to another. */
const between = (from: number, to: number, index: number, many: number) => from * (to / from) ** (index / (many - 1));

const calls = modelNames.flatMap((model, place) =>
  spread(between(0.03, 200, place, modelNames.length), 200).map((seconds, index): Measurement => {
    const fails = model === failing.model ? index % 2 === 0 : index === 100;
    const kind = model === failing.model ? kinds[(index / 2) % kinds.length] : 'timeout';
    const labels = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'litellm',
      'gen_ai.request.model': model,
    };
    return [seconds, { ...labels, ...(fails && kind && { 'error.type': kind }) }];
  }),
);
const requests = routes.flatMap((route, place) =>
  spread(between(0.003, 200, place, routes.length), 400).map((seconds, index): Measurement => {
    const status = route === failing.route && index % 4 === 0 ? 500 : place % 6 === 0 && index === 50 ? 404 : 200;
    const labels = { 'http.request.method': 'GET', 'http.route': route, 'http.response.status_code': status };
    return [seconds, { ...labels, ...(status === 500 && { 'error.type': '500' }) }];
  }),
);
const chats = users.flatMap((user, place) =>
  [place % 25, (place + 7) % 25].flatMap((model) =>
    count(4).map((index): Measurement => {
      const seconds = user === slow.user ? 4 : 0.6 + 0.1 * index;
      return [seconds, { model: `model-${model}`, user_id: user, success: String(user !== failing.user || index > 1) }];
    }),
  ),
);

const recorded: Readonly<Record<(typeof services)[number], Partial<Record<MetricName, readonly Measurement[]>>>> = {
  suna: { 'http.server.request.duration': requests, onyx_chat_duration_seconds: chats },
  onyx: { 'gen_ai.client.operation.duration': calls },
};

/** The value at a share of some durations, by the name that a label gives them. */
function ledger(measurements: readonly Measurement[], label: string, share: number): Map<string, number> {
  const all = new Map<string, number[]>();
  for (const [seconds, labels] of measurements) {
    const name = String(labels[label]);
    const durations = all.get(name);
    if (durations) durations.push(seconds);
    else all.set(name, [seconds]);
  }
  return new Map(
    [...all].map(([name, durations]) => {
      const sorted = durations.sort((a, b) => a - b);
      return [name, sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN];
    }),
  );
}

const folder = folderOfFile();
const collector = await collectorOfFile();
let prometheus: Prometheus;
let programs: readonly Preloaded[];

beforeAll(async () => {
  const keyFile = join(folder, 'key');
  await writeFile(keyFile, key);
  programs = await Promise.all(
    services.map(async (service) => {
      const file = join(folder, `${service}.json`);
      const metrics = Object.entries(recorded[service]).map(([name, measurements]) => ({
        name,
        unit: 's',
        measurements,
      }));
      await writeFile(file, JSON.stringify({ rounds, recorded: metrics }));
      return preloaded([fixture('rounds.cjs'), file], {
        OTEL_SERVICE_NAME: service,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        ONYX_USER_ID_KEY_FILE: keyFile,
      });
    }),
  );
  prometheus = await startPrometheus(collector);
  for (const [name, measurements] of [
    ['http_server_request_duration_seconds', requests],
    ['onyx_chat_duration_seconds', chats],
    ['gen_ai_client_operation_duration_seconds', calls],
  ] as const)
    await vi.waitFor(
      async () => {
        const [series] = await prometheus.query(`sum(${name}_count)`);
        expect(Number(series?.value?.[1])).toBe(rounds * measurements.length);
      },
      { timeout: 120_000, interval: 500 },
    );
}, 240_000);

afterAll(async () => {
  for (const { child } of programs) child.send('end');
  await Promise.all(programs.map(({ ended }) => ended));
  await prometheus.stop();
});

/** What a panel shows, by the label that names its lines, the highest first. */
async function shown({ queries: [{ expr }] }: Signal, label: string): Promise<Map<string, number>> {
  const series = await prometheus.query(filled(expr, 120));
  const lines = series.map(({ metric, value }): [string, number] => [metric[label] ?? '', Number(value?.[1])]);
  return new Map(lines.sort(([, a], [, b]) => b - a));
}

const pseudonym = usersAs('pseudonym', key).show;
const nameOf = (lines: ReadonlyMap<string, number>, index = 0) => [...lines.keys()].at(index);

describe('a demonstration of everything', () => {
  test('names the model that fails, and how much of it', async () => {
    const success = await shown(models.callSuccess, 'gen_ai_request_model');
    expect([...success.keys()].sort()).toEqual([...modelNames].sort());
    expect(nameOf(success, -1)).toBe(failing.model);
    expect(success.get(failing.model)).toBeCloseTo(0.5, 2);
    for (const [model, share] of success) if (model !== failing.model) expect(share, model).toBeCloseTo(0.995, 3);
  });

  test('names the route that fails, and how much of it', async () => {
    const failures = await shown(http.requestErrors, 'http_route');
    expect([...failures.keys()].sort()).toEqual([...routes].sort());
    expect(nameOf(failures)).toBe(failing.route);
    expect(failures.get(failing.route)).toBeCloseTo(0.25, 2);
    for (const [route, share] of failures) if (route !== failing.route) expect(share, route).toBe(0);
  });

  test('names the user who fails, and the one who waits', async () => {
    const failures = await shown(chat.userFailures, 'user_id');
    expect([...failures.keys()].sort()).toEqual(users.map(pseudonym).sort());
    expect(nameOf(failures)).toBe(pseudonym(failing.user));
    expect(failures.get(pseudonym(failing.user))).toBeCloseTo(0.5, 2);
    for (const [user, share] of failures) if (user !== pseudonym(failing.user)) expect(share, user).toBe(0);
    const durations = await shown(chat.userLatency, 'user_id');
    expect(nameOf(durations)).toBe(pseudonym(slow.user));
  });

  test('names the model and the route that are slow', async () => {
    expect(nameOf(await shown(models.callLatency, 'gen_ai_request_model'))).toBe(slow.model);
    expect(nameOf(await shown(http.requestLatency, 'http_route'))).toBe(slow.route);
  });

  test.each([
    ['p95 of calls', models.callLatency, 'gen_ai.request.model', calls, 0.95],
    ['p50 of requests', http.requestMedian, 'http.route', requests, 0.5],
    ['p95 of requests', http.requestLatency, 'http.route', requests, 0.95],
    ['p99 of requests', http.requestTail, 'http.route', requests, 0.99],
  ] as const)(
    'tells the %s within a tenth of the ledger, from milliseconds to minutes',
    async (_name, signal, label, measurements, share) => {
      const told = await shown(signal, label.replaceAll('.', '_'));
      const known = ledger(measurements, label, share);
      expect([...told.keys()].sort()).toEqual([...known.keys()].sort());
      const errors = [...known].map(([name, seconds]) => Math.abs((told.get(name) ?? Number.NaN) / seconds - 1));
      expect(Math.max(...errors)).toBeLessThan(0.1);
      expect(Math.min(...known.values())).toBeLessThan(0.1);
      expect(Math.max(...known.values())).toBeGreaterThan(60);
    },
  );

  test.each([
    ['all routes', routes, '.*'],
    ['two chosen routes', routes.slice(10, 12), `(${routes.slice(10, 12).join('|')})`],
    ['one chosen route', routes.slice(20, 21), routes[20] ?? ''],
  ])('tells the percentiles of %s together within a tenth of the ledger', async (_name, chosen, variable) => {
    const together = requests
      .filter(([, labels]) => chosen.includes(String(labels['http.route'])))
      .map(([seconds]): Measurement => [seconds, { every: 'request' }]);
    for (const [index, share] of [0.5, 0.95, 0.99].entries()) {
      const expr = http.requestPercentiles.queries[index]?.expr.replaceAll('$route', variable) ?? '';
      const [told, ...others] = await prometheus.query(filled(expr, 120));
      expect(others).toEqual([]);
      const known = ledger(together, 'every', share).get('request') ?? Number.NaN;
      expect(Math.abs(Number(told?.value?.[1]) / known - 1), `p${100 * share}`).toBeLessThan(0.1);
    }
  });

  test('keeps every endpoint within its lines', async () => {
    for (const service of services) {
      const { body } = await collector.scrape(service);
      expect(body.match(/^[^#\n]+$/gm)?.length).toBeLessThanOrEqual(lineBudget);
    }
  });
});
