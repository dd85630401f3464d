// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { exporterTests } from '../../collector-config/go-builds.ts';
import { readSettings } from '../../services/native/environment.ts';
import { built } from '../../services/native/programs/binaries.ts';
import { configuration } from './collector.ts';

/** Those of the tests in Go that pass, by name; its output instead if one fails. */
async function passed(): Promise<string[]> {
  const cwd = join(configuration, 'otelcol', exporterTests.package);
  const { stdout, failed } = await execa(await built(exporterTests, readSettings()), ['-test.v'], {
    cwd,
    reject: false,
  });
  if (failed) throw new Error(stdout.split('\n').slice(-200).join('\n'));
  return [...stdout.matchAll(/^--- PASS: (\w+)/gm)].map(([, name]) => name as string);
}

test('the exporter of our distribution does what upstream’s does, and its tests in Go pass', async () => {
  const names = await passed();
  expect(names).toContain('TestPrometheusHoldsTheSameAsFromUpstream');
  expect(names).toContain('FuzzAnyMessage');
  expect(names.length).toBeGreaterThan(15);
  // Without `npm test` its program is not built yet.
}, 600_000);
