// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:os';

/** The signals that ask a process to end. */
const caught = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Signals whose handler `vm` takes away (`breakOnSigint`), counting on Node to make another. So ours ends before the application's begins,
 * and a signal that has arrived but was not seen yet is lost with it.
 */
const taken: ReadonlySet<unknown> = new Set(['SIGINT']);

/** What Node makes to handle a signal. It belongs to what ran when it was made: the domain, and what `AsyncLocalStorage` holds. */
interface Handler {
  onsignal?: (signal: number) => void;
  close(): void;
}

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

  /** The handlers of unheard signals. */
  const held = new Map<unknown, Handler>();
  /** What ends those that the application's have followed a moment ago. */
  const followed = new Map<unknown, () => void>();

  const handle = replaceInternal('newListener', 'startListeningIfSignal', (original, event) => {
    if (!isCaught(event) || isHeard(event)) return original(event);
    // The application's handler is made as Node makes it: in its context, and calling its listeners itself.
    const ours = taken.has(event) ? undefined : held.get(event);
    if (ours === undefined) release(event);
    else withProperty(ours, 'close', { value: () => {} }, () => release(event));
    heard.add(event);
    const theirs = handlerOf(() => original(event));
    if (ours !== undefined && theirs !== undefined)
      followed.set(event, handOver(event as NodeJS.Signals, ours, theirs));
  });
  const unhandle = replaceInternal('removeListener', 'stopListeningIfSignal', (original, event) => {
    original(event);
    if (isCaught(event) && listeners(event) === 0) {
      followed.get(event)?.();
      heard.delete(event);
      hold(event);
    }
  });

  // Node keeps the handler while there are listeners, and asks by the number of listeners.
  const release = (signal: unknown): void => {
    if (!isCaught(signal) || isHeard(signal)) return;
    withProperty(process, 'listenerCount', { value: () => 0 }, () => unhandle?.(signal));
    held.delete(signal);
  };
  const hold = (signal: unknown): void => {
    if (!isCaught(signal) || isHeard(signal)) return;
    const handler = handlerOf(() => handle?.(signal));
    if (handler === undefined) release(signal);
    else {
      handler.onsignal = () => onSignal(signal as NodeJS.Signals);
      held.set(signal, handler);
    }
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

/**
 * Ends our handler of a signal once what arrived before the application listened is seen, and given to its listeners.
 *
 * @returns what ends it at once
 */
function handOver(signal: NodeJS.Signals, ours: Handler, theirs: Handler): () => void {
  /** What ours has seen and theirs has not. */
  let missed = 0;
  let ended = false;
  ours.onsignal = () => void missed++;
  const { onsignal } = theirs;
  const shown = { configurable: true, enumerable: true };
  // Node asks for it each time.
  Object.defineProperty(theirs, 'onsignal', {
    ...shown,
    get() {
      missed--;
      return onsignal;
    },
  });
  const end = (): void => {
    if (ended) return;
    ended = true;
    ours.close();
    Object.defineProperty(theirs, 'onsignal', { ...shown, value: onsignal, writable: true });
  };
  const settle = (): void => {
    if (ended) return;
    end();
    const given = [signal, signal, constants.signals[signal]] as unknown as ['SIGTERM', 'SIGTERM'];
    for (; missed > 0; missed--) process.emit(...given);
  };
  // What has arrived is read between two of these. They keep no process alive.
  setImmediate(() => void setImmediate(settle).unref()).unref();
  return end;
}

/** The handler that Node makes during `work`, if any: nothing else has a property of this name. */
function handlerOf(work: () => void): Handler | undefined {
  let made: Handler | undefined;
  const set = function (this: Handler, value: unknown): void {
    made = this;
    Object.defineProperty(this, 'onsignal', { value, writable: true, configurable: true, enumerable: true });
  };
  withProperty(Object.prototype, 'onsignal', { set }, work);
  return made;
}

/** Calls `work` while this property of `holder` is replaced, or unchanged where it cannot be replaced. */
function withProperty(holder: object, name: string, value: PropertyDescriptor, work: () => void): void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  const changed = Reflect.defineProperty(holder, name, { ...value, configurable: true });
  try {
    work();
  } finally {
    if (changed && before !== undefined) Object.defineProperty(holder, name, before);
    else if (changed) Reflect.deleteProperty(holder, name);
  }
}
