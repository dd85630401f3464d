// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { circumstances, writeResult } from './result.ts';

test('a result says with what, where and when it was measured, in a file of its day', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'onyx-bench-'));
  try {
    const where = await circumstances(['express']);
    const file = await writeResult(folder, 'drift', { ...where, comparison: {} });
    expect(path.basename(file)).toMatch(/^drift-\d{4}-\d\d-\d\d\.json$/);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      versions: { node: process.versions.node, express: expect.stringMatching(/^5\./) },
      machine: { cores: expect.any(Number), cpu: expect.any(String) },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
