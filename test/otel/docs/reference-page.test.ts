// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endpointLines } from '../../../otel/src/catalogue/budget.ts';
import { catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { referencePage } from '../../../otel/src/docs/reference-page.ts';

const page = readFileSync('docs/reference/metrics.md', 'utf8');

test('the committed reference of the metrics is what `npm run generate` makes', () => {
  expect(page).toBe(referencePage());
});

test('the reference names every value, boundary and the worst case of each endpoint', () => {
  expect(page).toContain('`none` `under_0.5` `0.5` `0.6` `0.7` `0.8` `0.9` `other`');
  expect(page).toContain(
    `boundaries ${catalogue.onyx_chat_duration_seconds.boundaries.map((at) => `\`${at}\``).join(' ')}`,
  );
  expect(page).toContain('| from 6 to under 11 | `6-10` |');
  expect(page).toContain(`**${endpointLines('suna')}**`);
  expect(page).toMatch(/To rotate it, replace the file and restart the services: every user gets a new pseudonym/);
});
