// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { binary } from '../../services/native/programs/binaries.ts';
import { folderOfTest } from '../folder.ts';

/** The account that Prometheus' rules keep, compared with the list of what was paid. */

const file = path.resolve(import.meta.dirname, '../../collector-config/prometheus/rules/spend.yml');
/** Samples are five minutes apart, and so are the turns of the rules; two days from the last midnight of a month but one. */
const each = 5;
const turns = (hours: number) => (hours * 60) / each;
const start = '2026-01-31T00:00:00Z';

interface Model {
  readonly name: string;
  readonly team?: string;
  /** What it had cost before anybody looked. */
  readonly before: number;
  /** US dollars that it costs in a turn; `undefined` before its first call. */
  readonly paid: (turn: number) => number | undefined;
}
// Eighths, which binary fractions hold exactly.
const models: readonly Model[] = [
  { name: 'large', team: 't_0123456789ab', before: 500, paid: (turn) => (turn % 3 === 0 ? 0.375 : 0.125) },
  { name: 'small', before: 0, paid: (turn) => (turn < turns(10) ? undefined : 0.25) },
];
/** Turns in which the proxy cannot be read, over midnight; and the one in which it restarts. */
const isAway = (turn: number) => turn > turns(23.5) && turn <= turns(24.5);
const restart = turns(30);

const labels = ({ name, team }: Model) => `requested_model="${name}"${team ? `, team_hash="${team}"` : ''}`;

/** The counter as the proxy shows it. */
function counter({ before, paid }: Model): string {
  let total: number | undefined;
  const shown = Array.from({ length: turns(40) }, (_, turn) => {
    const now = turn === 0 ? (before > 0 ? 0 : undefined) : paid(turn);
    if (turn === 0 && before > 0) total = before;
    if (turn === restart) total = 0;
    if (now !== undefined) total = (total ?? 0) + now;
    return isAway(turn) || total === undefined ? '_' : String(total);
  });
  return shown.join(' ');
}

/** What the list says was paid from one hour to another: a payment that could not be seen belongs to the hour in which it was first seen. */
function listed({ paid }: Model, from: number, to: number): number {
  const seen = (turn: number) => (isAway(turn) ? turns(24.5) + 1 : turn);
  let sum = 0;
  for (let turn = 1; turn < turns(40); turn += 1)
    if (seen(turn) > turns(from) && seen(turn) <= turns(to)) sum += paid(turn) ?? 0;
  return sum;
}

let promtool: string;
beforeAll(async () => {
  promtool = await binary('promtool');
}, 300_000);

test('today and this month are what was paid in them, over a midnight, a restart and an hour in which nobody could look', async () => {
  const expected = (record: string, hour: number, from: number) => ({
    expr: record,
    eval_time: `${hour}h`,
    exp_samples: models.map((model) => ({
      labels: `${record}{${labels(model)}}`,
      value: listed(model, from, hour),
    })),
  });
  const tests = [
    {
      interval: `${each}m`,
      start_timestamp: start,
      input_series: [
        { series: 'onyx_target_up{service="litellm"}', values: `1x${turns(40)}` },
        ...models.map((model) => ({
          series: `litellm_spend_metric_total{service="litellm", instance="litellm", ${labels(model)}}`,
          values: counter(model),
        })),
      ],
      promql_expr_test: [
        expected('onyx:spend_usd:today', 23, 0),
        expected('onyx:spend_usd:month', 23, 0),
        expected('onyx:spend_usd:today', 39, 24),
        expected('onyx:spend_usd:month', 39, 24),
        expected('onyx:spend_usd:total', 39, 0),
      ],
    },
  ];
  const folder = folderOfTest();
  const written = path.join(folder, 'test.yml');
  // JSON is YAML.
  await writeFile(written, JSON.stringify({ rule_files: [file], evaluation_interval: `${each}m`, tests }));
  const { exitCode, all } = await execa(promtool, ['test', 'rules', written], { all: true, reject: false });
  expect(exitCode === 0 ? '' : all).toBe('');
});
