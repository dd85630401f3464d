// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * Every child leads a process group of its own, so that it can be ended with all it started, and the terminal's Ctrl-C does
 * not reach it past us. The price: it lives on when this process stops without ending it, so there is an exit hook.
 */

const led = new Set<number>();
let hooked = false;

/** Ends the group led by `pid` when this process exits, unless `release` comes first. */
export function own(pid: number): void {
  if (!hooked) {
    hooked = true;
    process.on('exit', () => {
      for (const leader of led) signalGroup(leader, 'SIGKILL');
    });
  }
  led.add(pid);
}

export function release(pid: number): void {
  led.delete(pid);
}

/** Returns whether the group still had a member to receive the signal; signal 0 only asks. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
