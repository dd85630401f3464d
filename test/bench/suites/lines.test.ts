// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { count } from './lines.ts';

test('empty lines are not counted, and comments are told', () => {
  expect(count(['// why\n\nconst a = 1; // here\n/*\n * more\n */\n', '# yaml\na: 1\n'])).toEqual({
    lines: 7,
    ofThemComments: 5,
  });
});
