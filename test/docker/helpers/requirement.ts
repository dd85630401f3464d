// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { missingForEngine } from './engine.ts';

/**
 * Whether a Docker engine can be started here. Where it cannot, a user's tests are skipped, counted and told so with the remedy; in CI
 * (`CI` is set) this throws, for there nothing may go untested.
 */
export async function dockerAllowed(): Promise<boolean> {
  const missing = await missingForEngine();
  if (missing === undefined) return true;
  if (process.env.CI) throw new Error(missing);
  process.stderr.write(`\nSKIPPED TESTS: ${missing}\n\n`);
  return false;
}
