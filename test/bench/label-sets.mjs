// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** So many label sets of two outcomes, a few models, and as many tenants as it takes, each with a value in seconds. */
export function labelSets(count) {
  const models = count > 16 ? 8 : 1;
  const sets = Array.from({ length: count }, (_, index) => ({
    success: index % 2 === 0,
    model: `model-${Math.floor(index / 2) % models}`,
    tenant: `tenant-${Math.floor(index / 2 / models)}`,
    seconds: ((index * 104_729) % 3000) / 1000,
  }));
  // Neighbours share no label, as requests of different tenants do not.
  return sets.sort((a, b) => ((a.seconds * 7919) % 1) - ((b.seconds * 7919) % 1));
}
