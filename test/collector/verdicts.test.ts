// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { goTests } from '../../collector-config/go-builds.ts';
import { passing } from './helpers/go-tests.ts';

test('what both our processors remember of values is bounded, and a flood of new ones does not push out what is in use', async () => {
  const names = await passing(goTests.verdicts);
  expect(names).toContain('TestAFloodOfNewTextsIsForgottenAndWhatIsInUseIsNot');
  // Without `npm test` its program is not built yet.
}, 600_000);
