// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { use } from '../../bench/process-use.ts';

type Controller = 'cpu' | 'pids';

/** A shell script that counts as a process of a container: it runs in its control group, and needs nothing that is in the container. */
export class Runaway {
  readonly #group: string;
  readonly #shell: ReturnType<typeof execa>;
  /** Its output ends with the last of those that it started, and so does execa's promise. */
  readonly #exit: Promise<unknown[]>;

  private constructor(group: string, shell: ReturnType<typeof execa>) {
    this.#group = group;
    this.#shell = shell;
    this.#exit = once(shell, 'exit');
  }

  /** @param of a process of the container, by its id on this machine */
  static async start(of: number, controller: Controller, script: string): Promise<Runaway> {
    const group = await groupOf(of, controller);
    const join = `echo $$ >'${group}/cgroup.procs' && echo joined && ${script}`;
    // A group of its own, so that what it started ends with it.
    const shell = execa('sh', ['-c', join], { detached: true, reject: false });
    const runaway = new Runaway(group, shell);
    await once(shell.stdout as NodeJS.ReadableStream, 'data');
    return runaway;
  }

  /** How the script ended by itself. */
  async exitCode(): Promise<unknown> {
    const [code] = await this.#exit;
    return code;
  }

  /** A number that the kernel keeps of the control group, in a file of `name number` lines. */
  async counted(file: string, name: string): Promise<number> {
    const text = await readFile(path.join(this.#group, file), 'utf8');
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }

  /** Seconds of CPU that the shell has had. */
  async cpuSeconds(): Promise<number> {
    return (await use(Number(this.#shell.pid))).cpuSeconds;
  }

  async stop(): Promise<void> {
    try {
      process.kill(-Number(this.#shell.pid), 'SIGKILL');
    } catch {
      // All of it has ended.
    }
    await this.#shell;
  }
}

/** The folder of a process's control group: with cgroup v1 one for each controller, with v2 one for all. */
async function groupOf(pid: number, controller: Controller): Promise<string> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).trim().split('\n');
  const groups = lines.map((line) => line.split(':') as [id: string, controllers: string, place: string]);
  const own = groups.find(([, controllers]) => controllers.split(',').includes(controller));
  if (own) return path.join('/sys/fs/cgroup', controller, own[2]);
  const all = groups.find(([id]) => id === '0');
  return path.join('/sys/fs/cgroup', all?.[2] ?? '');
}
