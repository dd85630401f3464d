// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { expect, onTestFinished, test, vi } from 'vitest';
import { readSettings } from '../../../services/native/environment.ts';
import { run } from '../../../services/native/processes/command.ts';
import { redisServer, refusedRedis } from '../../../services/native/programs/redis.ts';
import { script, temporaryFolder } from '../script.ts';

const withRedis = (path: string) => readSettings({ REDIS_BIN: path });

test('without a named one the server comes from the cache and says its version', async () => {
  expect(await run(await redisServer(readSettings()), ['--version'])).toMatch(/^Redis server v=6\.2\./);
});

test('a server that the user names is used, whatever its version from 6.2 on', async () => {
  const server = script('echo "Redis server v=7.2.4 sha=00000000:0 malloc=libc bits=64"');
  expect(await refusedRedis(withRedis(server))).toEqual([]);
  expect(await redisServer(withRedis(server))).toBe(server);
});

test('a server that is too old, and a program that is none, are named with what they say', async () => {
  const old = script('echo "Redis server v=5.0.14 sha=00000000:0"');
  const other = script('echo hello; echo world');
  expect([await refusedRedis(withRedis(old)), await refusedRedis(withRedis(other))].flat()).toEqual([
    `REDIS_BIN=${old} is not a Redis server 6.2 or newer, it says "Redis server v=5.0.14 sha=00000000:0": name one or unset it.`,
    `REDIS_BIN=${other} is not a Redis server 6.2 or newer, it says "hello": name one or unset it.`,
  ]);
});

test('where no server is packed and none can be compiled, both remedies are named', async () => {
  vi.stubEnv('PATH', temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await refusedRedis(readSettings({}), { platform: 'darwin', arch: 'arm64' })).toEqual([
    'Redis: there is no ready-made server for darwin on arm64, and no C compiler to make one: install one (Debian and Ubuntu: ' +
      'apt-get install build-essential; macOS: xcode-select --install) or name a server in REDIS_BIN.',
  ]);
});
