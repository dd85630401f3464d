// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { globSync } from 'tinyglobby';
import { configDefaults, defineConfig } from 'vitest/config';
import { ImportGraph } from './test/needs.ts';
import { TallyReporter } from './test/reporters/tally.ts';

const source = ['test/source/**/*.test.ts'];
/** They compare times, so nothing may run at the same time. */
const timing = [
  'test/otel/python/{frameworks,processes}.test.ts',
  'test/bench/**/*.test.ts',
  'test/otel/{record/active-agents,export/{last-export,outage},preload/processes,record/recorders,preload/register}.test.ts',
];
/** They wait most of the time, and the sources are checked meanwhile: projects of a group begin in the order of their names. */
const production = ['test/e2e/{interrupt,start}.test.ts'];
/** Each has a Docker engine for itself, and containers on it. */
const docker = ['test/docker/**/*.test.ts'];
/** Each starts the whole platform, drives or breaks it, and waits for what is seen of it: two of them leave little of two cores. */
const patient = ['test/e2e/**/*.test.ts', 'test/preview/boards.test.ts'];

const unit = globSync('test/**/*.test.ts', {
  cwd: import.meta.dirname,
  ignore: [...configDefaults.exclude, ...source, ...timing, ...patient, ...docker],
});
const graph = await ImportGraph.of(unit);
/** They start no other program, whatever they import: `npm run check` runs them at every save. */
const pure = unit.filter((file) => graph.isPure(file));

export default defineConfig({
  test: {
    reporters: ['default', new TallyReporter()],
    // What a tested command prints is compared as text, and picocolors paints where the variable CI is set, terminal or not.
    env: { NO_COLOR: '1' },
    // What is waited for comes in a moment, but on a machine that does three other things it may take many.
    expect: { poll: { timeout: 60_000 } },
    // One group after the other: a compiler or a second platform during a timing test makes the timing test lie.
    projects: [
      {
        extends: true,
        test: {
          name: 'production',
          include: production,
          maxWorkers: 2,
          testTimeout: 400_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'source',
          include: source,
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'timing',
          include: timing,
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'pure',
          include: pure,
          maxWorkers: 3,
          testTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: unit.filter((file) => !pure.includes(file)),
          // Most of them wait for a process to say something, and vitest would leave a core of two idle.
          maxWorkers: 3,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'patient',
          include: patient,
          exclude: [...configDefaults.exclude, ...production],
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: docker,
          maxWorkers: 1,
          testTimeout: 400_000,
          hookTimeout: 400_000,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
