// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/* Limits as people read them: texts name none in digits of their own, or a changed limit would leave them behind. */

/** `5 %` of 0.05. */
export const percent = (share: number): string => `${rounded(100 * share)} %`;

/** `10 ms` of 0.01, `0.5 s` of 0.5. */
export const seconds = (time: number): string => (time < 0.1 ? `${rounded(1000 * time)} ms` : `${rounded(time)} s`);

/** `4,000 lines`. */
export const lines = (count: number): string => `${count.toLocaleString('en')} lines`;

/** `$10`. */
export const dollars = (amount: number): string => `$${rounded(amount)}`;

/** `2 times`. */
export const times = (factor: number): string => `${rounded(factor)} times`;

/** Hours until the error budget of a week is gone that burns so many times faster than it may. */
export const hoursOfBudget = (burn: number): string => `${Math.round((7 * 24) / burn)} hours`;

/** Without what binary fractions add: 1 - 0.02 is 0.98. */
const rounded = (value: number): number => Number(value.toPrecision(12));
