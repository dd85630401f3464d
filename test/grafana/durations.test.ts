// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { requestPercentiles } from '../../grafana/src/signals/http.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { filled } from '../../services/verify/expression.ts';
import { folderOfTest } from '../folder.ts';

/** Durations as Application Performance shows them, computed by Prometheus' own tool with the committed rules. */

const rules = path.resolve(import.meta.dirname, '../../collector-config/prometheus/rules/recorded.yml');
const hour = 3600;

/** Buckets of a route with so many requests in 15 s, which begin after so many of these and take no longer than the bound. */
function route(name: string, { each, from, bound }: { each: number; from: number; bound: number }) {
  return [0.1, 5, Number.POSITIVE_INFINITY].map((le) => {
    const labels = `service="suna", http_route="${name}", le="${le === Number.POSITIVE_INFINITY ? '+Inf' : le.toFixed(1)}"`;
    const before = from > 0 ? `_x${from - 1} ` : '';
    const values = `${before}0+${le >= bound ? each : 0}x${hour / 15 - from}`;
    return { series: `http_server_request_duration_seconds_bucket{${labels}}`, values };
  });
}

test('a route that began within the window counts as often as it was asked, whether all or both routes are chosen', async () => {
  const series = [
    ...route('/old', { each: 150, from: 0, bound: 0.1 }),
    // Three times as many a second, in the last tenth of the hour: a quarter of all.
    ...route('/new', { each: 450, from: (0.9 * hour) / 15, bound: 5 }),
  ];
  const [p50, p95] = requestPercentiles.queries.map(({ expr }) => expr);
  const shown = (expr = '', chosen = '.*') => filled(expr.replaceAll('$route', chosen), hour);
  const truths = ['.*', '/old|/new'].flatMap((chosen) => [
    `(${shown(p50, chosen)}) < bool 0.1`,
    `(${shown(p95, chosen)}) > bool 1`,
    `abs((${shown(p95, chosen)}) - (${shown(p95)})) < bool 0.001`,
  ]);
  const file = path.join(folderOfTest(), 'durations.json');
  const asked = truths.map((expr) => ({ expr, eval_time: '1h', exp_samples: [{ labels: '{}', value: 1 }] }));
  const unit = { interval: '15s', input_series: series, promql_expr_test: asked };
  await writeFile(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [unit] }));
  const { exitCode, stderr } = await execa(await binary('promtool'), ['test', 'rules', file], { reject: false });
  expect(stderr).not.toContain('FAILED');
  expect(exitCode).toBe(0);
});
