// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

const rows = Array.from({ length: 40 }, (_, index) => ({
  id: index,
  title: `Document ${(index * 7919) % 97}`,
  score: ((index * 104_729) % 1000) / 1000,
  tags: ['a', 'b', 'c'],
}));

/** A handler's kind of work (parse, allocate, sort), the same amount in every process, unlike a loop that waits for the clock. */
export function copyAndSort(copies) {
  for (let copy = 0; copy < copies; copy += 1) JSON.parse(JSON.stringify(rows)).sort((a, b) => b.score - a.score);
}
