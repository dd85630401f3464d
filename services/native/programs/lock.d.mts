// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

export interface LockOptions {
  /** Gives up waiting; rejects with the signal's `AbortError`. */
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process is inside. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Runs `work` while no other process is inside the same `folder`; a process that died inside does not count.
 * `work` may hand on the lock to a child by its pid: it then stays taken until the child has ended too, even when this
 * process is killed.
 */
export function withLock<T>(
  folder: string,
  work: (share: (pid: number) => void) => Promise<T>,
  options?: LockOptions,
): Promise<T>;
