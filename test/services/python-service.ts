// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { execa } from 'execa';
import { expect, vi } from 'vitest';
import { readSettings } from '../../services/native/environment.ts';
import { platformPython } from '../../services/native/programs/python.ts';

export interface PythonService {
  /** Ends it by SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts a program in the platform's Python; resolves when `readyUrl` answers, rejects with its output when it ends. */
export async function startPython(
  args: readonly string[],
  readyUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<PythonService> {
  const { python } = await platformPython(readSettings());
  const service = execa(python, ['-B', ...args], { env, all: true, reject: false });
  const answering = vi.waitFor(async () => expect((await fetch(readyUrl)).status).toBe(200), {
    // As long as a start of the platform gives them: Python reads thousands of files first.
    timeout: 120_000,
    interval: 100,
  });
  const ended = service.then(({ all }) => {
    throw new Error(`${args[0]} ended before it was ready:\n${all}`);
  });
  await Promise.race([answering, ended]);
  return {
    async stop() {
      service.kill('SIGTERM');
      await service;
    },
  };
}
