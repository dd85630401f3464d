// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { durationCategory, similarityThreshold, vectorCount } from '../../../otel/src/record/label-values.ts';

const rag = catalogue.onyx_rag_retrieval_duration_seconds.labels;
const task = catalogue.onyx_task_completion_total.labels;
const oddities = [Number.NaN, Number.POSITIVE_INFINITY, -1, 'seven', {}, [], true, 2.5e300];

describe('label values', () => {
  it.each([
    [0, '0'],
    [1, '1-5'],
    [5, '1-5'],
    [6, '6-10'],
    [20, '11-20'],
    [50, '21-50'],
    [51, '51+'],
    [1e9, '51+'],
    [-1, 'other'],
    [2.5, 'other'],
    [Number.NaN, 'other'],
    ['5', 'other'],
  ])('a vector count of %s is shown as %s', (count, shown) => {
    expect(vectorCount(count)).toBe(shown);
  });

  it.each([
    [undefined, 'none'],
    [null, 'none'],
    [0, 'under_0.5'],
    [0.499, 'under_0.5'],
    [0.5, '0.5'],
    [0.59, '0.5'],
    [0.6, '0.6'],
    [0.7, '0.7'],
    [0.799, '0.7'],
    [0.8, '0.8'],
    [0.9, '0.9'],
    [1, '0.9'],
    [1.01, 'other'],
    [-0.1, 'other'],
    ['0.7', 'other'],
  ])('a similarity threshold of %s is shown as %s', (threshold, shown) => {
    expect(similarityThreshold(threshold)).toBe(shown);
  });

  it.each([
    [0, 'under_1s'],
    [0.999, 'under_1s'],
    [1, '1s_to_10s'],
    [10, '10s_to_60s'],
    [59.9, '10s_to_60s'],
    [60, 'over_60s'],
    [Number.POSITIVE_INFINITY, 'other'],
    [-1, 'other'],
  ])('a task of %s seconds is in the category %s', (seconds, shown) => {
    expect(durationCategory(seconds)).toBe(shown);
  });

  it('shows only values that the catalogue lists, whatever it is given', () => {
    for (const input of [...oddities, ...Array.from({ length: 200 }, (_, index) => index / 100)]) {
      expect(rag.vector_count.values).toContain(vectorCount(input));
      expect(rag.similarity_threshold.values).toContain(similarityThreshold(input));
      expect(task.duration_category.values).toContain(durationCategory(input));
    }
  });
});
