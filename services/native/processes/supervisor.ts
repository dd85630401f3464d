// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { identify } from './process-identity.mjs';
import { type Reloadable, recordProcesses, recordReloadable } from './run-folder.ts';
import { type ProcessSpec, SupervisedProcess } from './supervised-process.ts';

/** Starts processes in the order of what they need, as many at once as that allows, and stops them the other way round. */
export class Supervisor {
  readonly processes: ReadonlyMap<string, SupervisedProcess>;
  #stopped: Promise<void> | undefined;

  /** `specs`: each after those it needs. `folder`: the run folder; logs go into its `logs`, which exists. */
  constructor(specs: readonly ProcessSpec[], folder: string, onUnexpectedEnd: (message: string) => void) {
    const onChange = () => {
      const processes = [...this.processes.values()];
      recordProcesses(
        folder,
        processes.flatMap(({ pid }) => pid ?? []),
      );
      recordReloadable(folder, processes.flatMap(reloadable));
    };
    this.processes = new Map(
      specs.map((spec) => [spec.name, new SupervisedProcess(spec, `${folder}/logs`, { onChange, onUnexpectedEnd })]),
    );
  }

  /** Returns for each process when it will be ready; one whose needs fail fails with their error. */
  start(signal: AbortSignal): Map<string, Promise<void>> {
    const ready = new Map<string, Promise<void>>();
    for (const [name, supervised] of this.processes) {
      const needs = supervised.spec.needs.map((need) => ready.get(need));
      ready.set(
        name,
        Promise.all(needs).then(() => supervised.start(signal)),
      );
    }
    return ready;
  }

  /** Resolves when none of the processes is left. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    const stopped = new Map<string, Promise<void>>();
    const all = [...this.processes.values()];
    for (const supervised of all.toReversed()) {
      const users = all.filter(({ spec }) => spec.needs.includes(supervised.spec.name)).map(({ spec }) => spec.name);
      stopped.set(
        supervised.spec.name,
        Promise.all(users.map((user) => stopped.get(user))).then(() => supervised.stop()),
      );
    }
    await Promise.all(stopped.values());
  }
}

function reloadable({ spec, pid, logFile }: SupervisedProcess): Reloadable[] {
  const { name, command, env = {}, reload } = spec;
  const identity = pid === undefined ? undefined : identify(pid);
  if (reload === undefined || identity === undefined) return [];
  const { validate: args, announcement } = reload;
  return [{ name, identity, logFile, command, args, env, announcement }];
}
