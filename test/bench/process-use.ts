// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Stack } from '../../services/native/stack/stack.ts';
import type { Sample } from './harness.ts';

/** The processes that monitor a platform. */
export const monitoring = ['collector', 'prometheus', 'alertmanager'] as const;

/** What processes of a stack take in some seconds from now: CPU in percent of a core, and megabytes at the end. */
export async function useDuring<Part extends (typeof monitoring)[number]>(
  stack: Stack,
  parts: readonly Part[],
  seconds: number,
): Promise<Record<Part, Sample>> {
  const used = () => Promise.all(parts.map((part) => use(stack.processes[part].pid as number)));
  const before = await used();
  await setTimeout(seconds * 1000);
  const after = await used();
  const samples = parts.map((part, index): [Part, Sample] => {
    const [first, last] = [before[index], after[index]] as [Use, Use];
    const { megabytes, peakMegabytes } = last;
    const cpuPercentOfACore = ((last.cpuSeconds - first.cpuSeconds) / seconds) * 100;
    return [part, { cpuPercentOfACore, megabytes, peakMegabytes }];
  });
  return Object.fromEntries(samples) as Record<Part, Sample>;
}

/** Of one process, as the Linux kernel counts it. */
interface Use {
  /** Of all its threads, in user and kernel mode. */
  readonly cpuSeconds: number;
  /** Resident now. */
  readonly megabytes: number;
  readonly peakMegabytes: number;
}

/** Clock ticks of a second in `/proc`, on every Linux that Node runs on. */
const ticks = 100;

export async function use(pid: number): Promise<Use> {
  const [stat, status] = await Promise.all(['stat', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')));
  // The second field, the name, may hold spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const memory = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status ?? '')?.[1]) / 1000;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticks,
    megabytes: memory('VmRSS'),
    peakMegabytes: memory('VmHWM'),
  };
}
