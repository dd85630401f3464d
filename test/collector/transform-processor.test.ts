// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { goTests } from '../../collector-config/go-builds.ts';
import { passing } from './helpers/go-tests.ts';

test('the transformation of our distribution adds up as upstream’s does where that is right, and its tests in Go pass', async () => {
  const names = await passing(goTests.transform);
  expect(names).toContain('TestAddsUpAsUpstreamDoesWhereUpstreamIsRight');
  expect(names).toContain('TestHistogramsKeepTheBoundariesThatAllOfThemHave');
  expect(names).toContain('TestClosesLabelsAsUpstreamDoes');
  expect(names).toContain('TestUnderstandsTheGroupsOfTheCommittedConfiguration');
  expect(names).toContain('TestTotalsAreThoseOfALedgerHoweverExportsAreSplit');
  expect(names).toContain('TestNothingCountsTwiceWhenAProcessThatSplitsStartsAnew');
  // Without `npm test` its program is not built yet.
}, 600_000);
