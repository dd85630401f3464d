// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { afterAll } from 'vitest';
import { type Collector, startCollector } from './collector.ts';

/** Starts a collector for all tests of a file, and stops it after them; parameters are those of {@link startCollector}. */
export function collectorOfFile(...settings: Parameters<typeof startCollector>): Promise<Collector> {
  const starting = startCollector(...settings);
  afterAll(async () => (await starting).stop());
  return starting;
}
