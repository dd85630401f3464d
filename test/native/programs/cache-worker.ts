// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cached } from '../../../services/native/programs/cache.ts';

/*
 * A process of its own that wants a cache entry: `<cache folder> <log> <seconds the making takes>`. It notes `made` in the log
 * each time it makes one and prints the entry's folder.
 */
const [cacheDir = '', log = '', seconds = ''] = process.argv.slice(2);
const folder = await cached({
  cacheDir,
  kind: 'thing',
  key: ['1'],
  make: async (draft) => {
    appendFileSync(log, 'made\n');
    writeFileSync(join(draft, 'first'), '');
    await delay(Number(seconds) * 1000);
    writeFileSync(join(draft, 'last'), '');
  },
});
process.stdout.write(folder);
