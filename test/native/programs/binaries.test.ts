// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { readSettings } from '../../../services/native/environment.ts';
import { run } from '../../../services/native/processes/command.ts';
import { binary, refusedBinaries } from '../../../services/native/programs/binaries.ts';
import { goCommand, isAtLeast } from '../../../services/native/programs/toolchain.ts';
import { folderOfTest } from '../../folder.ts';
import { script } from '../script.ts';

test('a binary the user names is used when it has the pinned version', async () => {
  const otelcol = script('echo otelcol version 0.152.0');
  expect(await binary('otelcol', readSettings({ OTELCOL_BIN: otelcol }))).toBe(otelcol);
});

test('a binary of another version is refused with variable, path and both versions', async () => {
  const otelcol = script('echo otelcol version 0.151.0');
  const message = `OTELCOL_BIN=${otelcol} is not otelcol version 0.152.0, it says "otelcol version 0.151.0": name one of that version or unset the variable.`;
  await expect(binary('otelcol', readSettings({ OTELCOL_BIN: otelcol }))).rejects.toThrow(message);
  expect(await refusedBinaries(readSettings({ OTELCOL_BIN: otelcol }))).toEqual([message]);
});

test('another program of the right version is refused', async () => {
  const settings = readSettings({ PROMETHEUS_BIN: script('echo promtool, version 3.15.0') });
  expect(await refusedBinaries(settings)).toEqual([expect.stringContaining('it says "promtool, version 3.15.0"')]);
});

test('a Go that is on the machine is used when it is new enough', async () => {
  const go = script('echo go1.26.1');
  expect(await goCommand('1.26.0', readSettings({ GO: go }))).toBe(go);
});

test.each([
  ['is too old', () => script('echo go1.25.9')],
  ['is none', () => '/nowhere/go'],
])(
  'the Go of PyPI is used when that of the machine %s',
  async (_how, go) => {
    const command = await goCommand('1.26.0', { ...readSettings(), go: go() });
    expect(await run(command, ['version'])).toMatch(/^go version go1\.26\.6 /);
  },
  180_000,
);

test('a build without network says what it needs, and what to do instead', async () => {
  const go = script('[ "$1" = env ] && echo go1.26.6 || { echo "dial tcp: lookup proxy: no such host"; exit 1; }');
  const failed = binary('otelcol', { ...readSettings({ GO: go }), cacheDir: folderOfTest() });
  await expect(failed).rejects.toThrow(
    /proxy that GOPROXY names, or name a ready program in OTELCOL_BIN\.\n.*no such host/s,
  );
});

test('a version is new enough by its numbers, not by its text', () => {
  expect(['1.26.0', '1.26.10', '1.27', '2.0', '1.27rc1'].map((version) => isAtLeast(version, '1.26.0'))).not.toContain(
    false,
  );
  expect(['1.9.9', '1.25.12', '1', ''].map((version) => isAtLeast(version, '1.26.0'))).not.toContain(true);
});
