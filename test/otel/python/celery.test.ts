// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from '../../collector/helpers/collector.ts';
import { ended, pools, work } from './celery.ts';
import { frameworksPython, preload } from './python.ts';

let collector: Collector;
let python: string;
let folder: string;
beforeAll(async () => {
  [collector, python, folder] = await Promise.all([startCollector(), frameworksPython(), preload()]);
}, 300_000);
afterAll(async () => void (await collector?.stop()));

test.each(pools)(
  "Celery's pool %s: every task counts once, by its type and how it ended",
  { timeout: 120_000 },
  async (pool) => {
    const done = await work([python], pool, folder, `tasks-${pool}`, collector);
    expect(done).toEqual({ code: 0, tasks: ended });
  },
);
