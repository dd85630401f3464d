// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';

/** What `ONYX_INSTRUMENTATION=full` takes: optional peers in package.json, since they are large and few ask for them. */
const packages = ['@opentelemetry/sdk-node', '@opentelemetry/auto-instrumentations-node'];

/**
 * Says in one line why upstream's instrumentations cannot measure here, and what to do; nothing when they can.
 *
 * @param file the preload's own file, next to which all of it lies
 */
export function missingUpstream(file: string): string | undefined {
  const { resolve } = createRequire(file);
  try {
    for (const path of ['./full.cjs', ...packages]) resolve(path);
    return undefined;
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    return `ONYX_INSTRUMENTATION=full: ${reason}. Install @onyx-metrics/otel with ${packages.join(' and ')}. Using http`;
  }
}
