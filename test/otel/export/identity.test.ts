// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { folderOfFile } from '../../folder.ts';

const folder = folderOfFile();
let program: string;
beforeAll(async () => {
  program = await built('claim.cjs', "process.send(instanceId('suna')); setInterval(() => {}, 1000);");
});

/** The path of a program with `instanceId` and nothing else of the preload. */
async function built(name: string, code: string): Promise<string> {
  const contents = `import { instanceId } from './otel/src/export/identity.ts';\n${code}`;
  const stdin = { contents, resolveDir: process.cwd(), loader: 'ts' } as const;
  const outfile = join(folder, name);
  await build({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile });
  return outfile;
}

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

  it('is unique among processes that find what crashed ones have left at the same moment', async () => {
    const waiting = await built(
      'wait.cjs',
      "process.on('message', (at) => { while (Date.now() < at); process.send(instanceId('suna')); });",
    );
    const temporary = join(folder, 'crashed');
    const slots = join(temporary, `onyx-otel-${process.getuid?.() ?? 0}`);
    const processes = Array.from({ length: 8 }, () => fork(waiting, { env: { ...process.env, TMPDIR: temporary } }));
    onTestFinished(() => {
      for (const process of processes) process.kill();
    });
    // Two had one identity in one round of a hundred when each took away whatever it found.
    for (let round = 0; round < 150; round++) {
      rmSync(slots, { recursive: true, force: true });
      mkdirSync(slots, { recursive: true });
      // Of a process that started at another time than the one with this id.
      for (let slot = 0; slot < processes.length; slot++) writeFileSync(join(slots, `suna-${slot}`), '1 0');
      const answers = processes.map((process) => once(process, 'message'));
      const at = Date.now() + 3;
      for (const process of processes) process.send(at);
      const ids = (await Promise.all(answers)).map(([id]) => id);
      expect(new Set(ids).size, ids.join(' ')).toBe(processes.length);
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
