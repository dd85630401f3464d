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
  for (const signal of signals) {
    const onSignal = (): void => {
      if (process.listenerCount(signal) > 1) return;
      once();
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
}
