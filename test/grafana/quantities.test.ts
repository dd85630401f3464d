// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { boards } from '../../grafana/src/board-files.ts';
import type { Board } from '../../grafana/src/dashboard.ts';
import { timeseries } from '../../grafana/src/panels.ts';
import { cpuUse } from '../../grafana/src/signals/host.ts';
import { meaningOf, quantitiesOf } from './quantities.ts';

/** A board with a panel for each expression. */
const showing = (...exprs: string[]): Board => ({
  ...{ uid: 'showing', title: 'Showing', description: 'Expressions.' },
  rows: exprs.map((expr) => ({
    ...{ title: 'One', height: 4 },
    panels: [{ width: 24, panel: timeseries({ ...cpuUse, queries: [{ expr, legend: 'one' }] }) }],
  })),
});
const count = 'onyx_chat_duration_seconds_count';
const bucket = 'onyx_chat_duration_seconds_bucket';
const recorded = 'onyx:chat_duration_seconds_bucket:rate1m';

test.each([
  [
    'a percentile of what is recorded and of the counters',
    `histogram_quantile(0.95, sum by (le) (avg_over_time(${recorded}[$window]))) >= 0`,
    `histogram_quantile(0.95, sum by (le) (rate(${bucket}[$window])))`,
  ],
  ['a rate of each model and of all', `sum by (model) (rate(${count}[$window]))`, `sum (rate(${count}[$window]))`],
  [
    'a share with and without a name for what has none',
    `label_replace(sum by (model) (rate(${count}{success="false"}[$window])) / (sum by (model) (rate(${count}[$window])) > 0), "model", "overflow", "model", "")`,
    `sum by (model) (rate(${count}{success="false"}[$window])) / sum by (model) (rate(${count}[$window]))`,
  ],
  [
    'matchers in another order',
    `sum(rate(${count}{model="a", success="true"}[$window]))`,
    `sum (rate(${count}{success="true", model="a"}[$window]))`,
  ],
])('%s are one quantity', (_, one, other) => {
  expect(quantitiesOf(showing(one, other))).toHaveLength(1);
});

test.each([
  [
    'two percentiles',
    `histogram_quantile(0.95, sum by (le) (rate(${bucket}[$window])))`,
    `histogram_quantile(0.5, sum by (le) (rate(${bucket}[$window])))`,
  ],
  ['now and yesterday', `sum(rate(${count}[$window]))`, `sum(rate(${count}[$window] offset 1d))`],
  ['two windows', `sum(rate(${count}[$window]))`, `sum(rate(${count}[1h]))`],
  ['two outcomes', `sum(rate(${count}{success="true"}[$window]))`, `sum(rate(${count}{success="false"}[$window]))`],
  ['a sum and the largest', 'sum(onyx_active_agents)', 'max(onyx_active_agents)'],
  [
    'a percentile of all and of each',
    `histogram_quantile(0.5, sum by (le) (rate(${bucket}[$window])))`,
    `histogram_quantile(0.5, sum by (le, model) (rate(${bucket}[$window])))`,
  ],
])('%s are two', (_, one, other) => {
  expect(quantitiesOf(showing(one, other))).toEqual([]);
});

test('what was recorded is what it was recorded from', () => {
  expect(meaningOf('onyx:chat_failures:ratio5m').what).toContain(`rate ${count}{success="false"}`);
});

test('no board asks for a percentile or a share in two ways: they would have two values', () => {
  expect(boards.flatMap((board) => quantitiesOf(board).filter(({ adds }) => !adds))).toEqual([]);
});

test('rates that boards show as a whole and in parts are found, to be compared on a running platform', () => {
  const found = boards.flatMap((board) => quantitiesOf(board).map(({ what }) => `${board.uid}: ${what}`));
  expect(found).toEqual(
    expect.arrayContaining([
      'application-performance: rate http_server_request_duration_seconds_count{http_route!="/health"}',
      'llm-metrics: rate gen_ai_client_operation_duration_seconds_count',
      'rag-performance: rate onyx_rag_retrieval_duration_seconds_count',
    ]),
  );
});
