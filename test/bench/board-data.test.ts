// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { boards } from '../../grafana/src/board-files.ts';
import { signalsOf } from '../../grafana/src/dashboard.ts';
import { known } from '../grafana/known-series.ts';
import { examine } from '../grafana/query.ts';
import { seriesAtLimits, seriesOfBoards } from './board-data.ts';

test('the benchmark has 2,000 series, some of every metric that a board reads, each once', () => {
  const series = seriesOfBoards();
  expect(series).toHaveLength(2_000);
  expect(new Set(series.map((one) => JSON.stringify(one))).size).toBe(2_000);
  const queries = boards.flatMap((board) => signalsOf(board).flatMap(({ queries }) => queries));
  const made = new Set(series.map(({ name }) => name));
  expect(queries.flatMap(({ expr }) => examine(expr, known).metrics).filter((metric) => !made.has(metric))).toEqual([]);
});

test('at their limits there are 100 routes, 25 models and 500 label sets of chats, each series once', () => {
  const series = seriesAtLimits();
  expect(new Set(series.map((one) => JSON.stringify(one))).size).toBe(series.length);
  const values = (name: string, label: string) =>
    new Set(series.filter((one) => one.name === name).map(({ labels }) => labels[label])).size;
  expect(values('onyx:http_request_duration_seconds_bucket:rate1m', 'http_route')).toBe(100);
  expect(values('onyx:chat_duration_seconds_bucket:rate1m', 'model')).toBe(25);
  expect(series.filter(({ name }) => name === 'onyx_chat_duration_seconds_count')).toHaveLength(500);
});
