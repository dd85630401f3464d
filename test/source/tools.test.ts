// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { execa } from 'execa';
import { test } from 'vitest';

/** The npm scripts a developer runs by hand; each prints what it found. */
const checks = {
  lint: 'the sources are formatted and the linter finds nothing',
  typecheck: 'the types agree everywhere',
  deadcode: 'no file, export or dependency is unused',
  imports: 'no import crosses a border it may not cross',
};

test.concurrent.for(Object.entries(checks))('npm run %s: %s', async ([script], { expect }) => {
  const { exitCode, all } = await execa('npm', ['run', '--silent', script], {
    all: true,
    reject: false,
    env: { NO_COLOR: '1' },
  });
  expect(exitCode, all).toBe(0);
});
