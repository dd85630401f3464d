// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type NumberRule, numberRules } from '../catalogue/catalogue.ts';

/** The one place where numbers become closed label values, by the rules of the catalogue; whatever cannot be such a number is `other`. */

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
