// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** The signals that ask a process to end. */
const caught = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Signals whose handler is made again when the application begins to listen: `vm` takes the one of SIGINT away (`breakOnSigint`) and
 * counts on Node to make another. Only these, since a signal that has arrived but was not seen yet is lost with its handler.
 */
const renewed: ReadonlySet<unknown> = new Set(['SIGINT']);

/** Signals to which the application does not listen. */
export interface UnheardSignals {
  /** Whether the application listens to a signal. */
  isHeard(signal: NodeJS.Signals): boolean;
  /** Leaves an unheard signal to its default action. */
  release(signal: NodeJS.Signals): void;
  /** Catches an unheard signal again. */
  hold(signal: NodeJS.Signals): void;
}

/**
 * Calls `onSignal` for a signal that asks the process to end and to which the application does not listen. Not by a listener, which
 * the application would see, count and remove: Node is made to handle the signal as if there were one. Catches nothing in a worker
 * thread, which gets no signals, and on a Node that cannot be made to.
 */
export function catchUnheard(onSignal: (signal: NodeJS.Signals) => void): UnheardSignals {
  const isCaught = (event: unknown): boolean => caught.includes(event as 'SIGTERM');
  const listeners = (event: unknown): number => process.listenerCount(event as 'SIGTERM');
  /** What Node handles for the application: what it was told of listeners decides that, whatever their number is. */
  const heard = new Set<unknown>(caught.filter((signal) => listeners(signal) > 0));
  const isHeard = (event: unknown): boolean => (isCaught(event) ? heard.has(event) : listeners(event) > 0);

  const handle = replaceInternal('newListener', 'startListeningIfSignal', (original, event) => {
    if (isCaught(event) && !isHeard(event)) {
      if (renewed.has(event)) release(event);
      heard.add(event);
    }
    original(event);
  });
  const unhandle = replaceInternal('removeListener', 'stopListeningIfSignal', (original, event) => {
    original(event);
    if (isCaught(event) && listeners(event) === 0) {
      heard.delete(event);
      hold(event);
    }
  });

  /** In the place of `process.emit` when a signal arrives. */
  const emit = (...given: ['SIGTERM', 'SIGTERM']): void => {
    if (isHeard(given[0])) process.emit(...given);
    else onSignal(given[0]);
  };
  // Node keeps the handler while somebody listens, and asks by the number of listeners.
  const release = (signal: unknown): void => {
    if (isCaught(signal) && !isHeard(signal))
      withMethod(
        'listenerCount',
        () => 0,
        () => unhandle?.(signal),
      );
  };
  const hold = (signal: unknown): void => {
    if (isCaught(signal) && !isHeard(signal)) withMethod('emit', emit, () => handle?.(signal));
  };
  caught.forEach(hold);
  return { isHeard, release, hold };
}

type Internal = (event: unknown) => void;

/**
 * Has `replacement` called in the place of Node's own listener of this name, which makes or unmakes the handler of a signal. It takes
 * the same place under the same name. Returns Node's own; nothing when there is none.
 */
function replaceInternal(
  event: string,
  name: string,
  replacement: (original: Internal, about: unknown) => void,
): Internal | undefined {
  const { _events: events } = process as unknown as { _events?: Record<string, Internal | Internal[]> };
  const listeners = events?.[event];
  const all = [listeners].flat();
  const index = all.findIndex((listener) => listener?.name === name);
  const original = all[index];
  if (events === undefined || original === undefined) return undefined;
  const listener: Internal = (about) => replacement(original, about);
  Object.defineProperty(listener, 'name', { value: name });
  // Not by `on` and `off`: the application may be told of both.
  if (Array.isArray(listeners)) listeners[index] = listener;
  else events[event] = listener;
  return original;
}

/** Calls `work` while this method of the process is another. */
function withMethod(name: 'emit' | 'listenerCount', value: unknown, work: () => void): void {
  const before = Object.getOwnPropertyDescriptor(process, name);
  try {
    Object.defineProperty(process, name, { value, configurable: true });
    work();
  } catch {
    // A frozen process object: the signal does what it does without the preload.
  } finally {
    if (before !== undefined) Object.defineProperty(process, name, before);
    else Reflect.deleteProperty(process, name);
  }
}
