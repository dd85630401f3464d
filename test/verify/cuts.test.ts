// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { cuts } from '../../services/verify/cuts.ts';

const root = join(import.meta.dirname, '../..');

const lines = cuts.litellm?.lines ?? '';
const recommended = parse(`litellm_settings:\n${lines}`).litellm_settings as Record<string, unknown>;

test('what verify says LiteLLM should say is what the reference platform runs', async () => {
  const { litellm_settings } = parse(await readFile(join(root, 'services/litellm/config.yaml'), 'utf8'));
  expect(Object.keys(recommended)).toEqual(['prometheus_latency_buckets', 'prometheus_metrics_config']);
  expect(litellm_settings).toMatchObject(recommended);
});

test('and what its guide says, line by line', async () => {
  expect(await readFile(join(root, 'docs/guides/litellm.md'), 'utf8')).toContain(
    `\`\`\`yaml\nlitellm_settings:\n  callbacks: [prometheus]\n${lines}\`\`\``,
  );
});
