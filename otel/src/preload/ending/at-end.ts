// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import type { EndHooks } from './hooks.ts';
import { catchUnheard } from './signals.ts';

/** Signals that end a process which does not listen, and that processes send themselves: to end by the signal they handled, or for good. */
const fatal: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL', 'SIGQUIT', 'SIGABRT', 'SIGUSR2'];

/**
 * Calls `last` once when the process ends: by `process.exit`, an uncaught exception, an empty event loop, or a signal to which the
 * application does not listen. The process then ends as if nothing were preloaded, by the signal it was sent.
 */
export function atEnd(last: () => void, hooks: EndHooks): void {
  let done = false;
  const deliver = (): void => {
    if (done) return;
    done = true;
    last();
  };
  const unheard = catchUnheard((signal) => end(signal, () => hooks.kill(process.pid, signal)));
  function end(signal: NodeJS.Signals, send: () => unknown): unknown {
    deliver();
    // As Node's own handlers of these two do.
    if (signal === 'SIGTERM' || signal === 'SIGINT') leaveRawMode();
    unheard.release(signal);
    try {
      return send();
    } finally {
      // Still alive: the kernel keeps such a signal from process 1 of a container.
      done = false;
      unheard.hold(signal);
    }
  }

  const self: readonly unknown[] = [process.pid, 0, -process.pid];
  hooks.onExit = deliver;
  hooks.onKill = (send, pid, number) => {
    const signal = fatal.find((name) => constants.signals[name] === number);
    // Without a handler such a call does not return, so nothing may be left for later.
    const ends = signal !== undefined && self.includes(Number(pid)) && !unheard.isHeard(signal);
    return ends ? end(signal, send) : send();
  };
}

/** Gives the terminal back as the process found it. */
function leaveRawMode(): void {
  try {
    if (isatty(0) && process.stdin.isRaw) process.stdin.setRawMode(false);
  } catch {
    // The terminal is gone.
  }
}
