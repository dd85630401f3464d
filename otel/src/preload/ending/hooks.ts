// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What is called when this process ends; nothing until it is measured. */
export interface EndHooks {
  /** What `process.kill` was before the application could replace it. */
  readonly kill: typeof process.kill;
  /** The process ends, and its `exit` listeners have run. */
  onExit?: () => void;
  /** The process sends a signal by `send`, perhaps to itself. Returns what `send` does. */
  onKill?: (send: () => unknown, pid: unknown, signal: unknown) => unknown;
}

type Method = (this: unknown, ...given: unknown[]) => unknown;

/** What Node itself calls on the process object and lets others replace, and whether it has begun to end the process. */
type Internals = { emit: Method; reallyExit?: Method; _kill?: Method; readonly _exiting?: boolean };

/**
 * Puts the hooks where Node itself asks the process object. No listener: libraries end a process, or let it live, by who else listens.
 * Before the application loads: what replaces these methods, as signal-exit does, calls the hooks, and puts them back when it leaves.
 */
export function hookEnd(): EndHooks {
  const hooks: EndHooks = { kill: process.kill };
  const internals = process as unknown as Internals;
  const { reallyExit, _kill } = internals;
  hookExit(internals, () => hooks.onExit?.());
  if (reallyExit !== undefined) {
    internals.reallyExit = like(reallyExit, function (...given) {
      hooks.onExit?.();
      return Reflect.apply(reallyExit, this, given);
    });
  }
  if (_kill !== undefined) {
    internals._kill = like(_kill, function (...given) {
      const send = () => Reflect.apply(_kill, this, given);
      return hooks.onKill === undefined ? send() : hooks.onKill(send, ...(given as [unknown, unknown]));
    });
  }
  return hooks;
}

/** Gives a method the name and length of the one it is called before. */
function like(original: Method, method: Method): Method {
  const { name, length } = original;
  return Object.defineProperties(method, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  });
}

/**
 * Calls `onExit` after the `exit` listeners. Only while the process ends, `process.emit` is another function than it was: else every error of
 * a listener of the process would show it in its stack.
 */
function hookExit(internals: Internals, onExit: () => void): void {
  /** Gives `holder` a method `emit` that is `original()`, as an assignment would. */
  const define = (holder: object, enumerable: boolean, original: () => Method): void => {
    Object.defineProperty(holder, 'emit', {
      configurable: true,
      enumerable,
      get(this: unknown): Method {
        const emit = original();
        // A copy of the process object, such as the one that Jest's tests see, does not end.
        if (this !== internals || internals._exiting !== true) return emit;
        return function (...given) {
          try {
            return Reflect.apply(emit, this, given);
          } finally {
            if (given[0] === 'exit') onExit();
          }
        };
      },
      set(this: object, value: Method) {
        if (this === internals) define(internals, true, () => value);
        else Object.defineProperty(this, 'emit', { value, writable: true, configurable: true, enumerable: true });
      },
    });
  };
  const own = Object.getOwnPropertyDescriptor(internals, 'emit')?.value as Method | undefined;
  const prototype = Object.getPrototypeOf(internals) as object;
  const inherited = Object.getPrototypeOf(prototype) as Internals;
  // On the prototype, unless it is replaced already: the process object has the properties it had.
  if (own === undefined) define(prototype, false, () => inherited.emit);
  else define(internals, true, () => own);
}
