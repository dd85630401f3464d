// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { pairedRatio, quantile, spread } from './statistics.ts';

test('a quantile is interpolated between its neighbours, whatever the order of the values', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
  expect(quantile([7], 0.99)).toBe(7);
  expect(quantile([3, 1, 2], 0)).toBe(1);
  expect(quantile([3, 1, 2], 1)).toBe(3);
});

test('one disturbed round moves neither the median nor the quartiles far', () => {
  expect(spread([100, 101, 99, 100, 900])).toEqual({ median: 100, q1: 100, q3: 101 });
});

test('the given values keep their order', () => {
  const values = [3, 1, 2];
  spread(values);
  expect(values).toEqual([3, 1, 2]);
});

test('a ratio within the round does not see that a whole round was slow', () => {
  expect(pairedRatio([11, 22, 110], [10, 20, 100])).toEqual({ median: 1.1, q1: 1.1, q3: 1.1 });
});

test('no values, a share outside 0 to 1 and unequal rounds are refused', () => {
  expect(() => quantile([], 0.5)).toThrow('no values to take a quantile of');
  expect(() => quantile([1], 50)).toThrow('a quantile lies between 0 and 1, not at 50');
  expect(() => pairedRatio([1, 2], [1])).toThrow('2 rounds cannot be paired with 1');
});
