// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { identify } from '../../../services/native/processes/process-identity.mjs';
import { makeRunFolder } from '../../../services/native/processes/run-folder.ts';
import { Supervisor } from '../../../services/native/processes/supervisor.ts';

/* A supervisor in a process of its own, to be killed: `<cache folder>`. It prints the identity of its only process. */
const [cacheDir = ''] = process.argv.slice(2);
const folder = await makeRunFolder(cacheDir);
mkdirSync(join(folder, 'logs'));
const spec = {
  name: 'sleeper',
  needs: [],
  command: process.execPath,
  args: ['--eval', 'setInterval(() => {}, 1000)'],
  ready: async () => {},
  limit: 10,
};
const supervisor = new Supervisor([spec], folder, () => {});
await Promise.all(supervisor.start(new AbortController().signal).values());
process.on('SIGTERM', () => process.exit());
process.stdout.write(identify(supervisor.processes.get('sleeper')?.pid ?? 0) ?? '');
