// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { basename } from 'node:path';
import { execa } from 'execa';
import { own, release, signalGroup } from './process-groups.ts';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the command with everything it started. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a command to its end and returns what it printed on both streams.
 * Rejects with one line naming the command and its exit, followed by the last lines it printed.
 */
export async function run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { signal, cwd, env } = options;
  signal?.throwIfAborted();
  const child = execa(file, args, {
    all: true,
    detached: true,
    reject: false,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    stdin: 'ignore',
  });
  const { pid } = child;
  const kill = () => {
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  };
  if (pid !== undefined) own(pid);
  signal?.addEventListener('abort', kill, { once: true });
  const result = await child;
  signal?.removeEventListener('abort', kill);
  if (pid !== undefined) release(pid);
  signal?.throwIfAborted();
  if (!result.failed) return result.all;
  const command = [basename(file), ...args.slice(0, 2)].join(' ');
  const end =
    result.exitCode === undefined ? (result.signal ?? result.originalMessage) : `exit code ${result.exitCode}`;
  throw new Error(`${command}: ${end}\n${tail(result.all ?? '')}`.trimEnd());
}

/** The last twenty lines of a log, indented, for a message. */
export function tail(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-20)
    .map((line) => `  ${line}`)
    .join('\n');
}
