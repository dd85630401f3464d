// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { goTests } from '../../collector-config/go-builds.ts';
import { passing } from './helpers/go-tests.ts';

test('what our distribution joins is what upstream joins, with the latest point of each series, and its tests in Go pass', async () => {
  const names = await passing(goTests.latest);
  expect(names).toContain('TestJoinsWhatUpstreamJoinsWhereEachSeriesIsOnce');
  expect(names).toContain('TestKeepsTheLatestPointOfEachSeries');
  expect(names).toContain('TestTwins');
  // Without `npm test` its program is not built yet.
}, 600_000);
