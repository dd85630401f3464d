// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { binary } from '../../services/native/programs/binaries.ts';
import { Prometheus as Asked } from '../../services/prometheus/prometheus.ts';
import { alternating, oddities, uncounted } from '../../services/verify/oddities.ts';
import { folderOfTest } from '../folder.ts';
import { startPrometheus } from './helpers/prometheus.ts';

/** What `promtool` says when LiteLLM is not found to count `share` of the calls after half an hour of these series. */
async function fault(
  series: Readonly<Record<string, string>>,
  share?: number,
  expr = uncounted,
  labels = '{}',
): Promise<string> {
  const folder = folderOfTest();
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const expected = share === undefined ? [] : [{ labels, value: share }];
  const cases = [{ expr, eval_time: '30m', exp_samples: expected }];
  const file = path.join(folder, 'test.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ tests: [{ interval: '1m', input_series: input, promql_expr_test: cases }] }));
  const { exitCode, all } = await execa(await binary('promtool'), ['test', 'rules', file], {
    all: true,
    reject: false,
  });
  return exitCode === 0 ? '' : all;
}

const onyx = 'gen_ai_client_operation_duration_seconds_count{service="onyx",gen_ai_provider_name="litellm"}';
const litellm = 'litellm_proxy_total_requests_metric_total{service="litellm"}';
const started = 'process_start_time_seconds{service="litellm"}';

test('of workers that count for themselves half of the calls are missing, when one connection always asks the same', async () => {
  expect(await fault({ [onyx]: '0+12x30', [litellm]: '0+6x30', [started]: '5x30' }, 96 / 180)).toBe('');
});

test('nobody is alarmed by a LiteLLM that counts all, also of others', async () => {
  expect(await fault({ [onyx]: '0+12x30', [litellm]: '0+13x30', [started]: '5x30' })).toBe('');
});

test('nor by one that has just been started with Onyx, nor by one that was started anew', async () => {
  expect(await fault({ [onyx]: '_x28 0 60 120', [litellm]: '_x29 60 90', [started]: '_x29 5x1' })).toBe('');
  expect(await fault({ [onyx]: '0+12x30', [litellm]: '0+12x20 0+12x9', [started]: '5x20 1200x9' })).toBe('');
});

test('workers that began in the same hundredth of a second are told by counters that fall, a restart by its start', async () => {
  const service = '{service="litellm"}';
  const falling = '0+12x15 100+12x3 300+12x5 120+12x6';
  expect(await fault({ [litellm]: falling, [started]: '5x30' }, 1, alternating, service)).toBe('');
  expect(await fault({ [litellm]: falling, [started]: '5x24 1200x5' }, undefined, alternating)).toBe('');
  expect(await fault({ [litellm]: '0+12x30', [started]: '5x30' }, undefined, alternating)).toBe('');
  // Where they share their numbers none says when it began.
  expect(await fault({ [litellm]: falling }, undefined, alternating)).toBe('');
});

test('verify says what part of the calls was counted, and what to set', async () => {
  const folder = folderOfTest();
  const minutes = 30;
  const now = Math.floor(Date.now() / 1000);
  const told = (series: string, value: (minute: number) => number) => [
    `# TYPE ${series.split('{')[0]} gauge`,
    ...Array.from(
      { length: minutes + 1 },
      (_, minute) => `${series} ${value(minute)} ${now - (minutes - minute) * 60}`,
    ),
  ];
  const history = [
    ...told(onyx, (minute) => 12 * minute),
    ...told(litellm, (minute) => 6 * minute),
    ...told(started, () => 5),
    ...['# EOF', ''],
  ];
  const [file, data] = [path.join(folder, 'history.om'), path.join(folder, 'data')];
  await writeFile(file, history.join('\n'));
  await execa(await binary('promtool'), ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
  const prometheus = await startPrometheus(undefined, { data });
  onTestFinished(() => prometheus.stop());
  expect(await oddities(new Asked({ url: prometheus.url }, AbortSignal.timeout(20_000)))).toEqual([
    expect.objectContaining({
      verdict: 'fail',
      subject: 'workers of litellm',
      failure: expect.objectContaining({
        seen: expect.stringMatching(/^it counted 5\d % of the calls of Onyx/),
        change: expect.stringContaining('PROMETHEUS_MULTIPROC_DIR'),
      }),
    }),
  ]);
});
