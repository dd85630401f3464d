// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Does the work for each item, six at once, as many as a browser opens connections to one host; returns the results in order. */
export async function sixAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  return results;
}
