// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** `<pid>-<start time>` of a running process; `undefined` when it does not run. Usable in file names. */
export function identify(pid: number): string | undefined;

/** Whether that very process, not another one with its pid, still runs. */
export function isAlive(identity: string): boolean;
