// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { documents } from '../../services/onyx/documents.ts';
import { dimensions, embed } from '../../services/onyx/embedding.ts';

function similarity(a: string, b: string): number {
  const other = embed(b);
  return embed(a).reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}

describe('the embedding stand-in', () => {
  test('makes unit vectors of one length', () => {
    const vector = embed('How is a database restored?');
    expect(vector).toHaveLength(dimensions);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 12);
  });

  test('looks at words, not at case or punctuation', () => {
    expect(similarity('Restore the BACKUP!', 'backup: restore the')).toBeCloseTo(1, 12);
  });

  test('finds texts that share words more similar than texts that share none', () => {
    const question = 'How do I restore a backup?';
    expect(similarity(question, 'restore the backup of a database')).toBeGreaterThan(0.4);
    expect(similarity(question, 'zebras play in an orchestra')).toBeLessThan(0.2);
  });

  test('makes the zero vector of a text without words', () => {
    expect(embed('?!')).toEqual(new Array(dimensions).fill(0));
  });

  test('gives no two documents the same id', () => {
    expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
  });
});
