/** What telemetry may add to the end of a process, in milliseconds. */
const lastExportMillis = 1_000;

const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Delivers the last values when the process ends by a signal or because nothing is left to do. The application's own
 * handlers still decide; without any, the process ends by the signal it was sent, as if nothing had been preloaded.
 */
export function flushAtEnd(flush: () => Promise<void>): void {
  let flushed: Promise<void> | undefined;
  const bounded = (): Promise<void> => {
    flushed ??= Promise.race([
      flush().catch(() => {}),
      new Promise<void>((resolve) => setTimeout(resolve, lastExportMillis).unref()),
    ]);
    return flushed;
  };

  for (const signal of signals) {
    const onSignal = async (): Promise<void> => {
      const alone = process.listenerCount(signal) === 1;
      await bounded();
      if (!alone) return;
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
  process.once('beforeExit', bounded);
}
