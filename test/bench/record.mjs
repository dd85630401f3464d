// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * A process that records and does nothing else. Arguments: a file whose `recorders` are measured, which of them, the number of series, and how
 * often it is timed. Says `{ nanoseconds, bytes }` of one measurement. Needs --expose-gc.
 */
import { labelSets } from './label-sets.mjs';

const [file, kind, series, batches] = process.argv.slice(2);
const { recorders } = await import(file);
const record = recorders[kind];
const sets = labelSets(Number(series));

/** In a loop of its own, as in an application: labels arrive as values, and become what the recorder takes. */
function times(measurements) {
  for (let measurement = 0, next = 0; measurement < measurements; measurement += 1) {
    const { model, tenant, success, seconds } = sets[next];
    record(model, tenant, success, seconds);
    next = next + 1 === sets.length ? 0 : next + 1;
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

times(200_000); // compiled first

const batch = 20_000;
const nanoseconds = Array.from({ length: Number(batches) }, () => {
  // CPU, not wall: what else the machine does is none of the recorder's cost. Threads that collect garbage are.
  const before = process.cpuUsage();
  times(batch);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / batch;
});

// Few enough for the young generation: nothing is collected between the two readings.
const few = 2_000;
const bytes = Array.from({ length: 15 }, () => {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  times(few);
  return (process.memoryUsage().heapUsed - before) / few;
});

process.send({ nanoseconds: median(nanoseconds), bytes: Math.max(0, median(bytes)) }, () => process.exit());
