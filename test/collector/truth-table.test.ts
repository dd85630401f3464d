// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../services/native/environment.ts';

const files: Readonly<Record<string, string>> = {
  platform: 'test/e2e/platform.test.ts',
  faults: 'test/e2e/faults.test.ts',
  prometheus: 'test/collector/prometheus.test.ts',
};

test('each row of the truth table in the guide names a test there is', async () => {
  const guide = await readFile(join(root, 'docs/guides/collector.md'), 'utf8');
  const [, table = ''] = /(\n\| what happened \|(?:.*\|\n)+)/.exec(guide) ?? [];
  const rows = table.trim().split('\n').slice(2);
  expect(rows).toHaveLength(9);
  for (const row of rows) {
    const [, file = '', title = ''] = /\| (\w+): ([^|]+) \|$/.exec(row) ?? [];
    const source = await readFile(join(root, files[file] ?? row), 'utf8');
    expect(source, row).toMatch(new RegExp(`(test|it)(\\.each\\([\\s\\S]*?\\))?\\(\\s*['"][^'"]*${title}`));
  }
});
