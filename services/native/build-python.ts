// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { placePythonPreload } from './programs/python-preload.ts';

/* `npm run build:python`: the folder that Python services are preloaded with, in otel/dist/python. `npm run attach` does it by itself. */

try {
  process.stdout.write(`${await placePythonPreload()}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
