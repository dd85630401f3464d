// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderOfTest } from '../folder.ts';
import { thanos } from './engines/thanos.ts';
import { victoriaMetrics } from './engines/victoria-metrics.ts';

/*
 * That engines work with these flags is shown by `npm run soak`; here only that the guide names the same ones.
 */

const guide = path.resolve(import.meta.dirname, '../../docs/guides/scale-out.md');

test.each([
  ['Thanos', thanos],
  ['VictoriaMetrics', victoriaMetrics],
] as const)('the flags of %s in the guide are those with which it was run', async (name, start) => {
  const folder = folderOfTest();
  let port = 20_000;
  const engine = await start({
    ...{ program: async () => '', port: () => port++, folder, rules: 'rules', alertmanager: 'http://127.0.0.1:1' },
  });
  const run = engine.processes.flatMap(({ args }) =>
    args.map((arg) => arg.replaceAll("'", '').replace(/"\d"$/, '"1"')),
  );
  const [, told = ''] =
    new RegExp(`\\*\\*${name}\\*\\*(.*?)(?=\\n\\n\\*\\*|\\n## )`, 's').exec(await readFile(guide, 'utf8')) ?? [];
  const flags = [...told.matchAll(/`(-[^`]+)`/g)].flatMap(([, text = '']) => text.replaceAll("'", '').split(' '));
  expect(flags.length).toBeGreaterThan(1);
  for (const flag of flags) {
    // One without a value has what differs from place to place.
    const found = flag.includes('=') ? run.includes(flag) : run.some((arg) => arg.startsWith(`${flag}=`));
    expect(found, flag).toBe(true);
  }
  // The other way round: all but addresses and folders.
  const anywhere =
    /^--?(\w+[.-])*(address|url|proxyURL|\w*Addr|endpoint|query|dir|path|\w*Path|config-file|hashrings-file)=/;
  for (const arg of run) {
    if (!arg.startsWith('-') || anywhere.test(arg)) continue;
    expect(
      flags.some((flag) => arg === flag || arg.startsWith(`${flag}=`)),
      arg,
    ).toBe(true);
  }
});
