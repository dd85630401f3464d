// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';

/** The processes that monitor a platform. */
export const monitoring = ['collector', 'prometheus', 'alertmanager'] as const;

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
