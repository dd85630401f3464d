// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { newestOverhead } from '../../services/verify/newest-overhead.ts';

test('the verifier judges a result that compares the preload with a bare service', async () => {
  const { name, comparison } = JSON.parse((await newestOverhead()) ?? '{}');
  expect(name).toBe('overhead');
  expect(Object.keys(comparison['2 ms handler'])).toEqual(expect.arrayContaining(['bare', 'otel/register']));
});
