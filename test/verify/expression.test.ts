// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { words } from '../../services/verify/expression.ts';

test("a query is the same in another engine's writing: blanks, order of matchers, units of durations", () => {
  const ours = words('sum by (le) (rate(chats_total{route!="/health", code=~"5.."}[7d])) > 0');
  expect(words('sum by(le)(rate(chats_total{code=~"5..",route!="/health"}[1w])) > 0')).toEqual(ours);
  expect(words('sum by (le) (rate(chats_total{route!="/health", code=~"5.."}[8d])) > 0')).not.toEqual(ours);
  expect(words('sum by (le) (rate(chats_total{route!="/health", code="5.."}[7d])) > 0')).not.toEqual(ours);
});
