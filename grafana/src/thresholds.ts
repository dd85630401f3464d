// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Where a value becomes remarkable and where it becomes bad, in the unit of its signal. */
export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** Share of a resource in use. */
export const saturation: Threshold = { warning: 0.8, critical: 0.9 };
