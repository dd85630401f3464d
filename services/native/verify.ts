// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readSettings } from './environment.ts';
import { findRunning, runVerifier } from './stack/verification.ts';

/*
 * `npm run verify`: judges the platform that `npm start` runs from this checkout, or any other that its arguments name.
 */

const args = process.argv.slice(2);
const isNamed = args.some((arg) => /^--(prometheus|settings)(=|$)|^(--help|-h)$/.test(arg));
try {
  const running = isNamed ? [] : await findRunning(readSettings().cacheDir);
  if (!isNamed && running.length === 0) {
    throw new Error(
      'Nothing runs that could be verified: npm start first, or name a platform with --prometheus or --settings.',
    );
  }
  const [newest, ...others] = running;
  if (others.length > 0) {
    process.stderr.write(
      `${running.length} platforms run; judged is the newest. Others: --settings ${others.join(', ')}\n`,
    );
  }
  process.exitCode = await runVerifier([...(newest === undefined ? [] : ['--settings', newest]), ...args]);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
