// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readSettings } from './settings.ts';
import { findRunning, runVerifier } from './verification.ts';

/*
 * `npm run verify`: judges the platform that `npm start` runs from this checkout, or any other that its arguments name.
 */

const args = process.argv.slice(2);
const isNamed = args.some((arg) => /^--(prometheus|settings)(=|$)|^(--help|-h)$/.test(arg));
try {
  const file = isNamed ? undefined : await findRunning(readSettings().cacheDir);
  if (!isNamed && file === undefined) {
    throw new Error(
      'Nothing runs that could be verified: npm start first, or name a platform with --prometheus or --settings.',
    );
  }
  process.exitCode = await runVerifier([...(file === undefined ? [] : ['--settings', file]), ...args]);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
