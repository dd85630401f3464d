// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Scenario, scenarios } from '../../services/scenarios/scenarios.ts';
import { rules } from './known-series.ts';

/*
 * Which alerts were seen to fire on a running platform. All of them fire in promtool, which runs Prometheus' own rules on series that are written
 * down: alerts.test.ts.
 */

const root = path.resolve(import.meta.dirname, '../..');

/** Provoked in a test, with the committed rule on the real Prometheus. */
const provoked: Readonly<Record<string, readonly string[]>> = {
  'test/e2e/drill.test.ts': [
    ...[
      'Watchdog',
      'ServiceSilent',
      'HighErrorRate',
      'ScrapeRefused',
      'ModelFailures',
      'RetrievalEmpty',
      'RetrievalSlow',
    ],
    ...['TaskFailures', 'AgentsStuck', 'RequestsPilingUp'],
    ...['RedisMemoryHigh', 'PostgresDeadlocks', 'PostgresConnectionsHigh'],
  ],
  'test/e2e/scenarios.test.ts': ['DefaultCredentials'],
  'test/docker/overlay.test.ts': ['NothingRecorded', 'CollectorDown', 'ServiceDown'],
};

/** Only played by promtool, and why. */
const onlyPlayed: Readonly<Record<string, string>> = {
  HighCpu: 'what the machine does is not ours to break',
  HighMemory: 'the same',
  DiskAlmostFull: 'the same',
  DiskFullWithinADay: 'it needs six hours',
  HighLatency: 'it needs six hours of before',
  ErrorBudgetSlowBurn: 'it is silenced by the fast burn, which a scenario has',
  CanarySilent: 'it needs five minutes without a question',
  SpendSpike: 'it needs the same hour of three days before',
  BudgetNearlySpent: 'it needs a month',
  BudgetSpent: 'it needs a month',
  ScrapeSlow: 'it depends on the machine',
  CollectionSlow: 'it depends on the machine',
  PanelsEmpty: 'it needs a panel that dies for half an hour',
  PointsLost: 'a storage would have to refuse what is pushed for five minutes',
  CollectorRefusing: 'the collector would need hundreds of MB',
  CollectorDropping: 'no fault is known that makes the collector lose data inside',
};

test('each alert fires in a scenario or a drill, or it is known why it does not', () => {
  const played = Object.values<Scenario>(scenarios).flatMap(({ conclusion: { alert, follows = [] } }) => [
    alert,
    ...follows,
  ]);
  const alerts = rules.flatMap(({ alert }) => alert ?? []);
  const seen = new Set([...played, ...Object.values(provoked).flat()]);
  expect(Object.keys(onlyPlayed).filter((alert) => seen.has(alert))).toEqual([]);
  const known = new Set([...seen, ...Object.keys(onlyPlayed)]);
  expect([...known].toSorted()).toEqual(alerts.toSorted());
});

test('the tests that are said to provoke an alert name it', () => {
  for (const [file, alerts] of Object.entries(provoked)) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const alert of alerts) expect(text, `${file}: ${alert}`).toMatch(new RegExp(`\\b${alert}\\b`));
  }
});
