// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { interpolator } from '../../grafana/preview/src/interpolate.ts';
import { ofRow, runbookOfRow } from '../../grafana/src/links.ts';

const inQuery = (...values: readonly string[]) => interpolator(new Map([['name', { values }]]))('$name');

test('a value means itself in the regular expression of a query, and several are alternatives', () => {
  // PromQL takes one of each two backslashes, the regular expression the other.
  expect(inQuery('/chat.json')).toBe(String.raw`/chat\\.json`);
  expect(inQuery('a"b')).toBe(String.raw`a\"b`);
  expect(inQuery(String.raw`team\model`)).toBe(String.raw`team\\\\model`);
  expect(inQuery('one', 'two')).toBe('(one|two)');
});

test('a link takes values of the row that was clicked, by the name of the label or of the column', () => {
  const field = (name: string, displayName: string, ...values: string[]) => ({ name, config: { displayName }, values });
  const fields = [field('alertname', 'Alert', 'One', 'Two'), field('runbook', 'Runbook', 'a b', 'c d')];
  const place = { __dataContext: { value: { frame: { fields }, field: fields[1], rowIndex: 1 } } };
  const filled = (text: string) => interpolator(new Map())(text, place);
  expect(filled(runbookOfRow('Alert'))).toBe('/public/runbooks/c%20d.md#:~:text=Two');
  expect(filled(ofRow('alertname'))).toBe('Two');
  expect(filled(ofRow('unheard'))).toBe(ofRow('unheard'));
});
