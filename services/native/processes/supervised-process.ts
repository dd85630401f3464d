// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tail } from './command.ts';
import { own, release, signalGroup } from './process-groups.ts';
import type { Check } from './readiness.ts';

export interface ProcessSpec {
  readonly name: string;
  /** Names of the processes that must be ready before this one starts, and that stop after it. */
  readonly needs: readonly string[];
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment, without what any program needs to run (`PATH`, `HOME` and the like). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs before the first start. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
  readonly ready: Check;
  /** Runs when it is ready for the first time; only then it counts as ready. */
  readonly setUp?: () => Promise<void>;
  /** Seconds from start to ready before it counts as failed. */
  readonly limit: number;
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Of a process that reads its configuration again on SIGHUP. */
  readonly reload?: {
    /** Arguments with which its command only checks the configuration. */
    readonly validate: readonly string[];
    /** What it writes to its log when it works with the new one. */
    readonly announcement: string;
  };
}

export interface ProcessEvents {
  /** It was started or has ended. */
  readonly onChange: () => void;
  /** It ended without being stopped; one line says how and where its log is. */
  readonly onUnexpectedEnd: (message: string) => void;
}

/** Seconds between the polite signal and SIGKILL. */
const grace = 10;

const never = new AbortController().signal;

/** A process that can be started and stopped again and again, always with the same log file. */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly logFile: string;
  readonly #events: ProcessEvents;
  #state: 'stopped' | 'starting' | 'ready' | 'stopping' = 'stopped';
  #initialised = false;
  #pid: number | undefined;
  #ended: Promise<string> | undefined;
  #secondsToReady = 0;

  constructor(spec: ProcessSpec, logFolder: string, events: ProcessEvents) {
    this.spec = spec;
    this.logFile = join(logFolder, `${spec.name}.log`);
    this.#events = events;
  }

  /** `undefined` when it does not run. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** From spawn to ready, of the last start. */
  get secondsToReady(): number {
    return this.#secondsToReady;
  }

  /**
   * Resolves when it is ready. Rejects when it ends before that or is not ready within its limit: the message names it,
   * says what was waited for and ends with the tail of its log.
   */
  async start(signal: AbortSignal = never): Promise<void> {
    const { name, limit, prepare, setUp } = this.spec;
    if (this.#pid !== undefined) throw new Error(`${name} runs already`);
    if (!this.#initialised) await prepare?.(signal);
    signal.throwIfAborted();
    const began = performance.now();
    const ended = this.#spawn();
    const waiting = new AbortController();
    const outcome = await Promise.race([
      ended.then((end) => `${name} ended before it was ready (${end})`),
      this.#readyWithin(limit, AbortSignal.any([signal, waiting.signal])),
    ]);
    waiting.abort();
    signal.throwIfAborted();
    if (outcome !== undefined) throw new Error(`${outcome}; the end of ${this.logFile}:\n${await this.#tail()}`);
    if (!this.#initialised) await setUp?.();
    this.#initialised = true;
    if (this.#state === 'starting') this.#state = 'ready';
    this.#secondsToReady = (performance.now() - began) / 1000;
  }

  /** Resolves when the process and everything it started are gone. */
  async stop(signal: NodeJS.Signals = this.spec.stopSignal ?? 'SIGTERM'): Promise<void> {
    const pid = this.#pid;
    if (pid === undefined) return;
    this.#state = 'stopping';
    // The leader only: it knows in which order its own children stop. What it leaves of its group is killed afterwards.
    process.kill(pid, signal);
    const overdue = setTimeout(() => signalGroup(pid, 'SIGKILL'), grace * 1000);
    await this.#ended;
    clearTimeout(overdue);
  }

  #spawn(): Promise<string> {
    const { command, args, env, cwd } = this.spec;
    const log = openSync(this.logFile, 'a', 0o600);
    const child = spawn(command, args, {
      cwd,
      detached: true,
      env: { ...inherited(), ...env },
      // The file itself, not a pipe through us: logs stay complete whatever happens to this process.
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#state = 'starting';
    const { pid } = child;
    if (pid !== undefined) {
      own(pid);
      this.#pid = pid;
      this.#events.onChange();
    }
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#afterEnd(pid, how);
        resolve(how);
      };
      child.once('error', ({ message }) => end(message));
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    });
    return this.#ended;
  }

  #afterEnd(pid: number | undefined, end: string): void {
    if (pid !== undefined) {
      signalGroup(pid, 'SIGKILL');
      release(pid);
    }
    const unexpected = this.#state === 'ready';
    this.#state = 'stopped';
    this.#pid = undefined;
    this.#events.onChange();
    if (unexpected)
      this.#events.onUnexpectedEnd(`${this.spec.name} ended by itself (${end}); its log: ${this.logFile}`);
  }

  /** Returns what it still lacked when time was up; `undefined` once it is ready or no caller waits any more. */
  async #readyWithin(seconds: number, signal: AbortSignal): Promise<string | undefined> {
    const deadline = performance.now() + seconds * 1000;
    let reason = '';
    while (performance.now() < deadline) {
      try {
        await this.spec.ready(AbortSignal.any([signal, AbortSignal.timeout(2000)]));
        return undefined;
      } catch (error) {
        reason = describe(error);
      }
      if (signal.aborted) return undefined;
      await delay(50);
    }
    return `${this.spec.name} was not ready after ${seconds} s (${reason})`;
  }

  async #tail(): Promise<string> {
    return tail(await readFile(this.logFile, 'utf8'));
  }
}

/** What any program needs, and nothing that could change what ours do, such as `PGHOST` or `NODE_OPTIONS`. */
function inherited(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR', 'TZ']) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** `fetch` hides what went wrong in the cause. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
