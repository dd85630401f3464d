// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/**
 * The one place where numbers become closed label values. Every value here is listed in the catalogue, and whatever
 * cannot be such a number is `other`.
 */

interface Class {
  /** Lowest number of the class; the class ends where the next one starts. */
  readonly from: number;
  readonly value: string;
}

export interface NumberRule {
  readonly classes: readonly [Class, ...Class[]];
  /** What is not such a number at all, in words. */
  readonly other: string;
  /** The value for `undefined` and `null`, where they mean something. */
  readonly none?: string;
  /** Highest number allowed. */
  readonly to?: number;
  readonly whole?: true;
}

/** By label name; the reference page is written from them. */
export const numberRules = {
  vector_count: {
    classes: [
      { from: 0, value: '0' },
      { from: 1, value: '1-5' },
      { from: 6, value: '6-10' },
      { from: 11, value: '11-20' },
      { from: 21, value: '21-50' },
      { from: 51, value: '51+' },
    ],
    whole: true,
    other: 'anything but a whole number from 0',
  },
  similarity_threshold: {
    classes: [
      { from: 0, value: 'under_0.5' },
      { from: 0.5, value: '0.5' },
      { from: 0.6, value: '0.6' },
      { from: 0.7, value: '0.7' },
      { from: 0.8, value: '0.8' },
      { from: 0.9, value: '0.9' },
    ],
    to: 1,
    none: 'none',
    other: 'anything but a number from 0 to 1',
  },
  duration_category: {
    classes: [
      { from: 0, value: 'under_1s' },
      { from: 1, value: '1s_to_10s' },
      { from: 10, value: '10s_to_60s' },
      { from: 60, value: 'over_60s' },
    ],
    other: 'anything but a finite number of seconds from 0',
  },
} as const satisfies Readonly<Record<string, NumberRule>>;

/** Twelve digits: 0.1 + 0.7 is 0.7999999999999999 and belongs to 0.8. */
const precision = 1e12;

function labelFor({ classes, to = Number.MAX_VALUE, whole, none }: NumberRule, number: unknown): string {
  if (none !== undefined && (number === undefined || number === null)) return none;
  if (typeof number !== 'number' || !(number >= 0 && number <= to) || (whole && !Number.isInteger(number))) {
    return 'other';
  }
  const rounded = number < 1 ? Math.round(number * precision) / precision : number;
  return classes.findLast(({ from }) => rounded >= from)?.value ?? 'other';
}

/** @param count vectors retrieved, a whole number from 0 */
export function vectorCount(count: unknown): string {
  return labelFor(numberRules.vector_count, count);
}

/** @param threshold lowest similarity accepted, 0 to 1; `undefined` or `null` when none was applied */
export function similarityThreshold(threshold: unknown): string {
  return labelFor(numberRules.similarity_threshold, threshold);
}

/** @param seconds how long the task took, from 0 */
export function durationCategory(seconds: unknown): string {
  return labelFor(numberRules.duration_category, seconds);
}
