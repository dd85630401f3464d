// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { binary } from '../../services/native/programs/binaries.ts';
import { folderOfTest } from '../folder.ts';
import { type AlertCase, alertCases, type Firing, type Series } from './alert-cases.ts';
import { known, rules } from './known-series.ts';
import { examine } from './query.ts';

const folder = path.resolve(import.meta.dirname, '../../collector-config/prometheus/rules');
const alerts = rules.filter(({ alert }) => alert !== undefined);

let promtool: string;
beforeAll(async () => {
  promtool = await binary('promtool');
}, 300_000);

interface Case {
  readonly what: string;
  readonly series: Series;
  /** Missing: it must not fire. */
  readonly firing?: Firing;
}

const casesOf = ({ fires, silent }: AlertCase): Case[] => [
  ...Object.entries(fires).map(([what, firing]) => ({ what: `fires when ${what}`, series: firing.series, firing })),
  ...Object.entries(silent).map(([what, series]) => ({ what: `is silent when ${what}`, series })),
];

/** What fires, where a service that the alert needs was down until a minute ago: its window still holds what that brought. */
function justBack(alert: string, { interval = '15s', at, fires }: AlertCase): Case[] {
  const needs = alerts.find((rule) => rule.alert === alert)?.labels?.needs?.split(' ') ?? [];
  const unit = { s: 1, m: 60, h: 3600 } as const;
  const seconds = (text: string) =>
    [...text.matchAll(/(\d+)([smh])/g)].reduce((sum, [, n, of]) => sum + Number(n) * unit[of as keyof typeof unit], 0);
  const samples = seconds(at) / seconds(interval);
  const [down, back] = interval === '15s' ? [8, 4] : [1, 1];
  const course = `1x${samples - down - back} 0x${down - 1} 1x${back}`;
  return needs.map((service) => ({
    what: `is silent when ${service} has just come back`,
    series: { ...Object.values(fires)[0]?.series, [`onyx:service_up{service="${service}"}`]: course },
  }));
}

const absent = { what: 'is silent when its series are absent', series: {} };

/** The rule of an alert after those that record what it reads: to play all rules each time would take minutes. */
function rulesFor(alert: string): typeof rules {
  const needed = new Set<string>([alert]);
  // What is added meanwhile is visited as well.
  for (const name of needed) {
    const made = rules.filter((rule) => (rule.record ?? rule.alert) === name);
    for (const [recorded] of made
      .map(({ expr }) => expr)
      .join()
      .matchAll(/onyx:[\w:]+/g))
      needed.add(recorded);
  }
  return rules.filter(({ record, alert: name }) => needed.has(record ?? name ?? ''));
}

/** What is left of a link's template where Grafana is there; where nothing is said of it, it is on the machine itself. */
function linkOf(template: string, grafana = 'http://localhost:3001'): string {
  return `${grafana.replace(/\/$/, '')}${template.replace(/^\{\{.+\}\}/, '')}`;
}

/** What promtool finds wrong with the cases of an alert: nothing when it does what it should. */
async function played(
  alert: string,
  { interval = '15s', evaluated, at }: AlertCase,
  cases: readonly Case[],
  grafana?: string,
): Promise<string> {
  const loaded = rulesFor(alert);
  const rule = loaded.at(-1);
  const { dashboard_url = '', runbook_url = '' } = rule?.annotations ?? {};
  const urls = { dashboard_url: linkOf(dashboard_url, grafana), runbook_url: linkOf(runbook_url, grafana) };
  const expected = ({ labels, summary, description }: Firing) => ({
    exp_labels: { ...rule?.labels, ...labels },
    exp_annotations: { ...rule?.annotations, ...urls, summary, description },
  });
  const tests = cases.map(({ what, series, firing }) => ({
    name: what,
    interval,
    external_labels: grafana === undefined ? {} : { onyx_grafana_url: grafana },
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: firing ? [expected(firing)] : [] }],
  }));
  const directory = folderOfTest();
  const file = path.join(directory, 'test.yml');
  // JSON is YAML.
  await writeFile(path.join(directory, 'rules.yml'), JSON.stringify({ groups: [{ name: alert, rules: loaded }] }));
  await writeFile(file, JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: evaluated, tests }));
  const { exitCode, all } = await execa(promtool, ['test', 'rules', file], { all: true, reject: false });
  return exitCode === 0 ? '' : all;
}

test('promtool accepts every rule file', async () => {
  const { all } = await execa(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', `${folder}/*.yml`], {
    all: true,
    shell: true,
  });
  expect(all).not.toContain('FAILED');
});

test('there is an alert for everything somebody has to be told of', () => {
  expect(alerts.map(({ alert }) => alert).sort()).toEqual(
    [
      ['CanaryFails', 'CanarySilent'],
      ['Watchdog', 'ServiceDown', 'ServiceSilent', 'ScrapeRefused', 'CollectorDown', 'NothingRecorded'],
      [
        'HighLatency',
        'HighErrorRate',
        'ErrorBudgetFastBurn',
        'ErrorBudgetSlowBurn',
        'RequestsPilingUp',
        'DependencyFailing',
      ],
      ['HighCpu', 'HighMemory', 'DiskAlmostFull', 'DiskFullWithinADay'],
      ['ModelFailures', 'ModelSlow', 'RetrievalSlow', 'RetrievalEmpty'],
      ['SpendHigh', 'SpendSpike', 'BudgetNearlySpent', 'BudgetSpent'],
      ['TaskFailures', 'AgentsStuck', 'QueueGrowing'],
      ['RedisMemoryHigh', 'PostgresConnectionsHigh', 'PostgresDeadlocks'],
      [
        'PanelsEmpty',
        'CollectorRefusing',
        'CollectorDropping',
        'PointsLost',
        'ScrapeSlow',
        'CollectionSlow',
        'TooManyLines',
        'DefaultCredentials',
      ],
    ]
      .flat()
      .sort(),
  );
});

test('each alert says how bad it is, what was measured and what users feel, and where to look and to read on', () => {
  for (const { alert, expr, labels, annotations = {} } of alerts) {
    const { summary, description, users, ...urls } = annotations;
    expect(['critical', 'warning', 'info', 'none'], alert).toContain(labels?.severity);
    for (const text of [summary, description, users]) expect(text, alert).toMatch(/^[A-Z{].+\.$/);
    // Of yes and no there is no value to tell.
    if (!/== [01]$|vector\(1\)/.test(expr)) expect(description, alert).toContain('{{ $value |');
    expect(Object.keys(urls), alert).toEqual(['dashboard_url', 'runbook_url']);
  }
});

test('every alert has a case in which it fires and one in which it does not', () => {
  expect(Object.keys(alertCases).sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  for (const [alert, { fires, silent }] of Object.entries(alertCases)) {
    expect(Object.keys(fires), alert).not.toEqual([]);
    // It fires always: that is its use.
    if (alert !== 'Watchdog') expect(Object.keys(silent), alert).not.toEqual([]);
  }
});

test('the cases use only series, labels and values that the platform has', () => {
  const faults = Object.entries(alertCases).flatMap(([alert, alertCase]) =>
    casesOf(alertCase)
      .flatMap(({ series }) => Object.keys(series))
      .flatMap((name) => examine(name, known).faults.map((fault) => `${alert}: ${fault}`)),
  );
  expect(faults).toEqual([]);
});

test.each(Object.entries(alertCases))('%s fires when it should and at no other time', async (alert, alertCase) => {
  const others = ['Watchdog', 'NothingRecorded'].includes(alert) ? [] : [absent];
  expect(await played(alert, alertCase, [...casesOf(alertCase), ...justBack(alert, alertCase), ...others])).toBe('');
});

test.each(['https://boards.example.com/', 'https://example.com/grafana'])(
  'links of an alert begin with %s where Prometheus is told that Grafana is there',
  async (grafana) => {
    const alertCase = alertCases.ServiceSilent as AlertCase;
    expect(await played('ServiceSilent', alertCase, casesOf(alertCase), grafana)).toBe('');
  },
);
