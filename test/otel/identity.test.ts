// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let program: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'identity-'));
  program = join(folder, 'claim.cjs');
  const contents = `import { instanceId } from './otel/src/identity.ts';
    process.send(instanceId('suna')); setInterval(() => {}, 1000);`;
  const stdin = { contents, resolveDir: process.cwd(), loader: 'ts' } as const;
  await build({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile: program });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Claimed {
  readonly id: string;
  kill(): Promise<void>;
}

/** Another process that claims an identity and lives until it is killed. */
async function claim(temporary = folder): Promise<Claimed> {
  const child = fork(program, { env: { ...process.env, TMPDIR: temporary } });
  const [id] = await once(child, 'message');
  return {
    id,
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('the instance id', () => {
  it('is unique among live processes and the same again after a crash', async () => {
    const first = await Promise.all([claim(), claim(), claim()]);
    expect(new Set(first.map(({ id }) => id)).size).toBe(3);
    expect(first.map(({ id }) => id.slice(-2)).sort()).toEqual(['-0', '-1', '-2']);
    await first[1]?.kill();
    const restarted = await claim();
    expect(restarted.id).toBe(first[1]?.id);
    await Promise.all([first[0], first[2], restarted].map((process) => process?.kill()));
  });

  it('gives each of many processes that start at once its own slot after all of them crashed', async () => {
    for (let round = 0; round < 2; round++) {
      const claimed = await Promise.all(Array.from({ length: 8 }, () => claim()));
      expect(new Set(claimed.map(({ id }) => id)).size).toBe(8);
      await Promise.all(claimed.map((process) => process.kill()));
    }
  });

  it('does not contain the name of the host', async () => {
    const { id, kill } = await claim();
    expect(id).not.toContain(hostname());
    await kill();
  });

  it('is still unique where nothing can be written', async () => {
    const file = join(folder, 'not a folder');
    writeFileSync(file, '');
    const claimed = await Promise.all([claim(file), claim(file)]);
    expect(new Set(claimed.map(({ id }) => id)).size).toBe(2);
    await Promise.all(claimed.map((process) => process.kill()));
  });
});
