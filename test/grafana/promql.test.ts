// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { quantile, rate, share, total } from '../../grafana/src/promql.ts';

test('a rate is summed over every process, for all labels but those named', () => {
  expect(rate('onyx_task_completion_total')).toMatchInlineSnapshot(
    `"sum (rate(onyx_task_completion_total[$__rate_interval]))"`,
  );
  expect(rate('onyx_chat_duration_seconds_count', ['model'], 'success="false"')).toMatchInlineSnapshot(
    `"sum by (model) (rate(onyx_chat_duration_seconds_count{success="false"}[$__rate_interval]))"`,
  );
});

test('a quantile comes from summed buckets', () => {
  expect(quantile(0.95, 'onyx_chat_duration_seconds', ['model'])).toMatchInlineSnapshot(
    `"histogram_quantile(0.95, sum by (le, model) (rate(onyx_chat_duration_seconds_bucket[$__rate_interval])))"`,
  );
});

test('a share is 0 when nothing matches, and absent when nothing happened', () => {
  expect(share('onyx_task_completion_total', [], 'success="false"')).toMatchInlineSnapshot(
    `"(sum (rate(onyx_task_completion_total{success="false"}[$__rate_interval])) or sum (rate(onyx_task_completion_total[$__rate_interval])) * 0) / (sum (rate(onyx_task_completion_total[$__rate_interval])) > 0)"`,
  );
});

test('a gauge is the sum of what every process holds', () => {
  expect(total('onyx_active_agents', ['status'])).toMatchInlineSnapshot(`"sum by (status) (onyx_active_agents)"`);
});
