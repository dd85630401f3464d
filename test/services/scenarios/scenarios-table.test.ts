// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withScenarios } from './scenarios-table.ts';

test('the guide has a section for each scenario, as `npm run generate` makes them', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/scenarios.md'), 'utf8');
  expect(guide).toBe(withScenarios(guide));
});
