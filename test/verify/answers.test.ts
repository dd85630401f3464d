// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { countsOf, judgeValues } from '../../services/verify/answers.ts';

const line = (values: readonly number[], labels = {}) => ({ labels, values, at: 0 });

test('values are data, zeros alone are zero, and what is no number is an error', () => {
  expect(judgeValues([line([0, 0]), line([0, 1])])).toEqual({ verdict: 'data' });
  expect(judgeValues([line([0, 0]), line([0])])).toEqual({ verdict: 'zero' });
  expect(judgeValues([line([1, Number.NaN])])).toEqual({ verdict: 'ERROR', why: 'a value is no number' });
});

test('lines that a reader could not tell apart are an error: two of one name, or one without', () => {
  const [suna, onyx] = [line([1], { service: 'suna', le: '1' }), line([1], { service: 'onyx', le: '2' })];
  expect(judgeValues([suna, onyx], '{{service}}')).toEqual({ verdict: 'data' });
  expect(judgeValues([suna, onyx], 'service')).toMatchObject({
    verdict: 'ERROR',
    why: expect.stringContaining('lines are called service,'),
  });
  expect(judgeValues([suna], '{{model}}')).toMatchObject({ verdict: 'ERROR' });
});

test('counts are one list, each verdict one item of it', () => {
  const answers = (['data', 'empty, as declared', 'data'] as const).map((verdict) => ({
    of: 'a',
    query: 'b',
    verdict,
  }));
  expect(countsOf(answers)).toBe('2 data, 1 empty as declared');
});
