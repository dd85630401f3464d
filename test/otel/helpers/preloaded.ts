// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The file that `--require otel/register` loads. */
export const preload = createRequire(import.meta.url).resolve('otel/register');

/** The environment of a container whose NODE_OPTIONS preload every process. */
export function container(home: string, endpoint: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    NODE_OPTIONS: `--require ${preload}`,
    OTEL_SERVICE_NAME: 'suna',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the process wrote to standard error. */
  readonly stderr: string;
}

export interface Preloaded {
  readonly child: ChildProcess;
  /** The first message of the program: its port. */
  readonly port: Promise<number>;
  readonly ended: Promise<Ended>;
}

/** Runs `node --require otel/register <args>` as a user would, from the project's folder. */
export function preloaded(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  flag: '--require' | '--import' = '--require',
): Preloaded {
  return run([flag, 'otel/register', ...args], env, root);
}

/** Runs `node <args>` in `cwd` with nothing of this process' environment but its PATH; `binary` is another Node. */
export function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  binary: string = process.execPath,
): Preloaded {
  const child = spawn(binary, args, {
    cwd,
    env: { PATH: process.env.PATH, OTEL_SERVICE_NAME: 'suna', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  const port = once(child, 'message').then(([message]) => message as number);
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
  return { child, port, ended };
}

export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
