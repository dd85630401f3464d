// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { goTests } from '../../collector-config/go-builds.ts';
import { passing } from './helpers/go-tests.ts';

test('the exporter of our distribution does what upstream’s does, and its tests in Go pass', async () => {
  const names = await passing(goTests.exporter);
  expect(names).toContain('TestPrometheusHoldsTheSameAsFromUpstream');
  expect(names).toContain('FuzzAnyMessage');
  expect(names.length).toBeGreaterThan(15);
  // Without `npm test` its program is not built yet.
}, 600_000);
