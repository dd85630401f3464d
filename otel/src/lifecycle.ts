// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Calls `last` once when the process ends: by `process.exit`, an uncaught exception, an empty event loop, or a signal
 * nobody else handles. The application's own handlers still decide; without any, the process ends by the signal it was
 * sent, as if nothing had been preloaded.
 */
export function atEnd(last: () => void): void {
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    last();
  };

  process.once('exit', once);
  // Not shown to those who ask: signal-exit, on which many packages rely, ends a process only when it finds no listener but its own.
  const own = new Set<unknown>();
  const listeners: (event: string) => unknown[] = process.listeners.bind(process) as never;
  process.listeners = ((event: string) => listeners(event).filter((each) => !own.has(each))) as never;
  for (const signal of signals) {
    const onSignal = (): void => {
      if (process.listenerCount(signal) > 1) return;
      once();
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    };
    own.add(onSignal);
    process.on(signal, onSignal);
  }
}
