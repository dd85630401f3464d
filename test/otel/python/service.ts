// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of the services that are run. */
const services = join(import.meta.dirname, 'services');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote. */
  readonly output: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when a line that matches was written. Rejects when the process has ended without it. */
  written(pattern: RegExp): Promise<string>;
}

/** Runs `python <args>` among the services, with nothing of this process' environment but its PATH. */
export function run(python: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(python, args, {
    cwd: services,
    env: { PATH: process.env.PATH, HOME: tmpdir(), PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (data: Buffer): void => {
    output += data;
    child.emit('output');
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, output }));
  return {
    child,
    ended,
    async written(pattern) {
      const over = ended.then(() => Promise.reject(new Error(`ended without ${pattern}:\n${output}`)));
      over.catch(() => {});
      for (;;) {
        const [found] = pattern.exec(output) ?? [];
        if (found !== undefined) return found;
        await Promise.race([once(child, 'output'), over]);
      }
    },
  };
}

/** What a Python service is attached with: the folder of the preload, and where the collector is. */
export const attached = (preload: string, name: string, endpoint: string): Record<string, string> => ({
  PYTHONPATH: preload,
  OTEL_SERVICE_NAME: name,
  ONYX_OTLP_METRICS_ENDPOINT: endpoint,
});
