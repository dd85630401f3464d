// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { first, le, mean, named, quantile, rate, share, summed, total } from '../../grafana/src/promql.ts';

test('a rate is summed over every process, for all labels but those named', () => {
  expect(rate('onyx_task_completion_total')).toMatchInlineSnapshot(`"sum (rate(onyx_task_completion_total[$window]))"`);
  expect(rate('onyx_chat_duration_seconds_count{success="false"}', ['model'], '5m')).toMatchInlineSnapshot(
    `"sum by (model) (rate(onyx_chat_duration_seconds_count{success="false"}[5m]))"`,
  );
});

test('a quantile comes from summed buckets, and is missing when nothing fell into them', () => {
  expect(quantile(0.95, summed('onyx:chats:rate1m', ['le']))).toMatchInlineSnapshot(
    `"histogram_quantile(0.95, sum by (le) (sum_over_time(onyx:chats:rate1m[$window]))) >= 0"`,
  );
});

test('a share is 0 when nothing matches, and absent when nothing happened', () => {
  expect(share('part', 'whole')).toMatchInlineSnapshot(`"(part or whole * 0) / (whole > 0)"`);
});

test('a mean is what was observed by how often', () => {
  expect(mean('sum', 'count')).toMatchInlineSnapshot(`"sum / (count > 0)"`);
});

test('lines without a name get one', () => {
  expect(named('model', 'chats')).toMatchInlineSnapshot(`"label_replace(chats, "model", "overflow", "model", "")"`);
});

test('lines that match lead the others', () => {
  expect(first('model', 'gpt.*', 'chats')).toMatchInlineSnapshot(
    `"label_replace(chats, "first", "1", "model", "gpt.*")"`,
  );
});

test('a whole boundary is found with a fraction, as scrapes write it, and without, as pushes do', () => {
  expect([le(5), le(0.2)]).toEqual(['le=~"5(\\\\.0)?"', 'le="0.2"']);
});

test('a gauge is the sum of what every process holds', () => {
  expect(total('onyx_active_agents', ['status'])).toMatchInlineSnapshot(`"sum by (status) (onyx_active_agents)"`);
});
