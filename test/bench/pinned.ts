// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os';
import { execa, type ResultPromise } from 'execa';

/** Whether processes can be tied to one core each here: Linux with `taskset` and at least two cores. */
export const canPin: boolean =
  availableParallelism() > 1 &&
  (await execa('taskset', ['-c', '0,1', process.execPath, '--version'], { reject: false })).exitCode === 0;

export const serverCore = 0;
export const loadCore = 1;

export type PinnedProcess = ResultPromise<{ ipc: true; stdout: 'ignore'; stderr: 'pipe' }>;

/** A fresh Node process on one core (wherever the scheduler likes when {@link canPin} is false), with a message channel. */
export function pinned(core: number, nodeArguments: readonly string[], env: NodeJS.ProcessEnv = {}): PinnedProcess {
  const command = onCore(core, [process.execPath, ...nodeArguments]);
  return execa(...command, { ipc: true, stdout: 'ignore', stderr: 'pipe', env });
}

/** What runs a command on one core, where that is possible, as arguments of `execa`. */
export function onCore(core: number, command: readonly [string, ...string[]]): [file: string, rest: string[]] {
  const [file, ...rest] = canPin ? (['taskset', '-c', String(core), ...command] as const) : command;
  return [file, rest];
}

/** The next message, or the end of the process with its last words: a preload that fails to load must not look like a hang. */
export function answer<Message>(child: PinnedProcess): Promise<Message> {
  return child.getOneMessage().catch(async (error: unknown) => {
    const { stderr } = await child.catch((failure: { stderr?: string }) => failure);
    throw new Error(`${child.spawnargs.join(' ')} said nothing: ${stderr || String(error)}`);
  }) as Promise<Message>;
}
