// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { configDefaults, defineConfig } from 'vitest/config';
import { TallyReporter } from './test/reporters/tally.ts';

const source = ['test/source/**/*.test.ts'];
const stack = ['test/e2e/**/*.test.ts', 'test/preview/boards.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', new TallyReporter()],
    // One group after the other: a compiler or a second platform beside a timing test makes the timing test lie.
    projects: [
      {
        test: {
          name: 'source',
          include: source,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...source, ...stack],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'stack',
          include: stack,
          // A test file here starts the whole platform, which by itself fills two cores.
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
