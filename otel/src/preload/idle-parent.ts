// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** What keeps a process alive that talks to others. */
const sockets: ReadonlySet<string> = new Set(['TCPSocketWrap', 'TCPServerWrap', 'UDPWrap']);

/** The share of a core that an idle process stays below. */
const idleShare = 0.1;

/** Sees whether this process only starts others. */
export interface ParentWatch {
  /** Whether it does so far, given what keeps it alive (`process.getActiveResourcesInfo`). To be asked again and again. */
  isIdleParent(active: readonly string[]): boolean;
  end(): void;
}

/**
 * Watches for an idle parent, as `cross-env`, `nodemon` and many more are: a process that runs another, has no socket and leaves the
 * processor alone. It is no instance of the service that its child is.
 *
 * @param settleMillis how long the next child may take after the last, and for how long a parent must be busy to be no idle one
 */
export function watchParent(settleMillis: number): ParentWatch {
  let children: ChildProcess[] = [];
  const onChild = (message: unknown): void => {
    children.push((message as { readonly process: ChildProcess }).process);
  };
  // Not by the active resources: a child that its parent does not wait for is none of them.
  subscribe('child_process', onChild);
  const isBusy = busyFor(settleMillis);
  let lastSeen = Number.NEGATIVE_INFINITY;
  return {
    isIdleParent(active) {
      children = children.filter(({ pid, exitCode, signalCode }) => pid && exitCode === null && signalCode === null);
      const now = performance.now();
      if (children.length > 0) lastSeen = now;
      return now - lastSeen < settleMillis && !active.some((type) => sockets.has(type)) && !isBusy();
    },
    end: () => void unsubscribe('child_process', onChild),
  };
}

/** Returns what tells whether the process was busy, once for every `millis` since it was first asked. */
function busyFor(millis: number): () => boolean {
  let since: number | undefined;
  let before: NodeJS.CpuUsage | undefined;
  return () => {
    const now = performance.now();
    const elapsed = now - (since ?? now);
    if (since !== undefined && elapsed < millis) return false;
    const { user, system } = process.cpuUsage(before);
    since = now;
    before = process.cpuUsage();
    return (user + system) / 1e3 > elapsed * idleShare && elapsed > 0;
  };
}
