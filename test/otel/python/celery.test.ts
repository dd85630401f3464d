// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { ended, pools, work } from './celery.ts';
import { frameworksPython, preload } from './python.ts';

const [collector, python, folder] = await Promise.all([collectorOfFile(), frameworksPython(), preload()]);

test.each(pools)(
  "Celery's pool %s: every task counts once, by its type and how it ended",
  { timeout: 120_000 },
  async (pool) => {
    const done = await work([python], pool, folder, `tasks-${pool}`, collector);
    expect(done).toEqual({ code: 0, tasks: ended });
  },
);
