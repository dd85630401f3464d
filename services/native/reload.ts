// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { readSettings } from './environment.ts';
import { run, tail } from './processes/command.ts';
import { isAlive } from './processes/process-identity.mjs';
import { findReloadable, type Reloadable } from './processes/run-folder.ts';

/*
 * `npm run reload`: has running collectors read their changed files, if those are valid. A bare SIGHUP would not ask: the collector
 * stops first and reads afterwards, and a broken file ends it.
 */

/** Seconds until a reloaded process must work again. */
const limit = 60;

async function reload({ name, identity, logFile, command, args, env, announcement }: Reloadable): Promise<void> {
  await run(command, args, { env }).catch(({ message }: Error) => {
    throw new Error(`${name} keeps its configuration, because the new files are refused: ${message}`);
  });
  const announced = async () => (await readFile(logFile, 'utf8')).split(announcement).length;
  const before = await announced();
  process.kill(Number.parseInt(identity, 10), 'SIGHUP');
  const deadline = performance.now() + limit * 1000;
  while ((await announced()) === before) {
    if (!isAlive(identity) || performance.now() > deadline) {
      throw new Error(
        `${name} does not work with its new configuration: start again. The end of ${logFile}:\n${tail(await readFile(logFile, 'utf8'))}`,
      );
    }
    await delay(50);
  }
  process.stdout.write(`${name} (process ${Number.parseInt(identity, 10)}) works with its new configuration.\n`);
}

try {
  const found = await findReloadable(readSettings().cacheDir);
  if (found.length === 0) throw new Error('Nothing runs that could be reloaded: npm start first.');
  for (const each of found) await reload(each);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
