// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { goTests } from '../../collector-config/go-builds.ts';
import { passing } from './helpers/go-tests.ts';

test('the remote write of our distribution says zero where a series began and shows no password, and its tests in Go pass', async () => {
  const names = await passing(goTests.remoteWrite);
  expect(names).toContain('TestANewSeriesBeginsWithAZero');
  expect(names).toContain('TestWhatWasRefusedIsSentAgainWithItsZero');
  expect(names).toContain('TestAHistogramBeginsWithEmptyBuckets');
  expect(names).toContain('TestThePasswordOfAnAddressGoesIntoAHeader');
  // Without `npm test` its program is not built yet.
}, 600_000);
