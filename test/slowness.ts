// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Milliseconds that the work below takes on the machine of CONTRIBUTING.md: half of the 30 it took where prom-client took twice as long as there. */
const usualMillis = 15;

/** How many times as long this machine takes for the same work at this moment, at most 4: hosts, and other tests, leave a core less at times. */
export function slowness(): number {
  const rows = Array.from({ length: 50_000 }, (_, index) => ({ name: `series ${index}`, value: index / 3 }));
  const times = Array.from({ length: 10 }, () => {
    const began = performance.now();
    JSON.parse(JSON.stringify(rows));
    return performance.now() - began;
  });
  const [middle = usualMillis] = times.sort((one, other) => one - other).slice(times.length / 2);
  return Math.min(4, Math.max(1, middle / usualMillis));
}
