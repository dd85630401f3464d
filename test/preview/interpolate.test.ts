// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { interpolator } from '../../grafana/preview/src/interpolate.ts';

const inQuery = (...values: readonly string[]) => interpolator(new Map([['name', { values }]]))('$name');

test('a value means itself in the regular expression of a query, and several are alternatives', () => {
  // PromQL takes one of each two backslashes, the regular expression the other.
  expect(inQuery('/chat.json')).toBe(String.raw`/chat\\.json`);
  expect(inQuery('a"b')).toBe(String.raw`a\"b`);
  expect(inQuery(String.raw`team\model`)).toBe(String.raw`team\\\\model`);
  expect(inQuery('one', 'two')).toBe('(one|two)');
});
