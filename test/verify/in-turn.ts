// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Connections a browser opens to one host. */
const atOnce = 6;

/** Does the work for each item, as many at once as a browser would, and returns the results in order. */
export async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
