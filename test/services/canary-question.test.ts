// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { canaryQuestion } from '../../services/native/stack/platform.ts';
import { documents } from '../../services/onyx/documents.ts';
import { embed } from '../../services/onyx/embedding.ts';

test('no document of the platform is more similar to the question of its canary than the known one', () => {
  const question = embed(canaryQuestion.ONYX_CANARY_QUESTION);
  const ranked = documents
    .map(({ id, title, body }) => {
      const vector = embed(`${title} ${body}`);
      return { id, similarity: question.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0) };
    })
    .sort((one, other) => other.similarity - one.similarity);
  expect(String(ranked[0]?.id)).toBe(canaryQuestion.ONYX_CANARY_DOCUMENT);
  expect(ranked[0]?.similarity).toBeGreaterThan((ranked[1]?.similarity ?? 1) + 0.05);
});
