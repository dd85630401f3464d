// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { expect, onTestFinished, test } from 'vitest';
import { readSettings } from '../../services/native/environment.ts';
import { redisServer } from '../../services/native/programs/redis.ts';
import { startCollector, writeSecrets } from './helpers/collector.ts';

test('a Redis without a password is read where the file of its password is empty', async () => {
  const { folder, password, remove } = await writeSecrets();
  onTestFinished(remove);
  await writeFile(join(folder, 'redis_password'), '');
  const port = await getPort();
  const flags = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', ''];
  const redis = execa(await redisServer(readSettings()), flags, { reject: false });
  onTestFinished(async () => {
    redis.kill();
    await redis;
  });
  const collector = await startCollector({ ONYX_SECRETS_DIR: folder, ONYX_REDIS_TARGET: `127.0.0.1:${port}` });
  onTestFinished(async () => void (await collector.stop()));
  await expect
    .poll(async () => (await collector.scrape('redis', `prometheus:${password}`)).body)
    .toMatch(/^redis_uptime_seconds_total \d+$/m);
});
