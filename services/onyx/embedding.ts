// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { createHash } from 'node:crypto';

/** Length of every vector. */
export const dimensions = 256;

/**
 * A stand-in for an embedding model: feature hashing. Each word adds or subtracts one at a place its hash decides, so
 * texts with words in common are similar. Returns a unit vector; the zero vector when there is no word.
 */
export function embed(text: string): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/\p{L}{3,}/gu) ?? []) {
    const hash = createHash('sha256').update(word).digest().readUInt32BE();
    const place = hash % dimensions;
    vector[place] = (vector[place] ?? 0) + (hash & 0x8000_0000 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
