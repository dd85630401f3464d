// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { afterEach } from 'vitest';
import { coreServices } from '../../otel/src/catalogue/catalogue.ts';
import { tail } from '../../services/native/processes/command.ts';
import type { Stack } from '../../services/native/stack/stack.ts';
import { PrometheusApi } from './prometheus-api.ts';

/** Tells, after each test of a file that failed, what is left of its platform. Returns what `startStack` calls for a process that ends. */
export function tellRemains(running: () => Stack | undefined): (end: string) => void {
  const ends: string[] = [];
  afterEach(async ({ task }) => {
    const stack = running();
    if (stack && task.result?.state === 'fail') process.stderr.write(`${await remains(stack, ends)}\n`);
  });
  return (end) => ends.push(end);
}

/** What ended by itself, what Prometheus has of each service, and the last lines of the collector and of services that are silent. */
async function remains({ processes, urls }: Stack, ends: readonly string[]): Promise<string> {
  const prometheus = new PrometheusApi(urls.prometheus);
  const ask = async (name: string, expression: string) => {
    const samples = await prometheus.query(expression).catch(() => []);
    const values = samples.map(({ labels, value }): [string | undefined, number] => [labels.service, value]);
    return { line: `${name}: ${JSON.stringify(Object.fromEntries(values))}`, values: new Map(values) };
  };
  const silent = await ask('seconds of silence', 'time() - max by (service) (onyx_sender_last_seen_timestamp_seconds)');
  const asked = await Promise.all([
    ask('endpoint answers', 'max by (service) (up)'),
    ask('service answers the collector', 'max by (service) (onyx_target_up)'),
    ask('takes, in seconds', 'max by (service) (onyx_collection_duration_seconds)'),
  ]);
  const logs = Object.values(processes).filter(({ spec: { name } }) => {
    const service = coreServices.find((one) => one === (name === 'postgres' ? 'supabase' : name));
    return name === 'collector' || (service !== undefined && !((silent.values.get(service) ?? 60) < 5));
  });
  const lines = logs.map(async ({ logFile }) => `${logFile}:\n${tail(await readFile(logFile, 'utf8'))}`);
  const killed = /^oom_kill \d+$/m.exec(await readFile('/proc/vmstat', 'utf8').catch(() => ''))?.[0];
  return [
    ...ends,
    `the kernel's count: ${killed}`,
    silent.line,
    ...asked.map(({ line }) => line),
    ...(await Promise.all(lines)),
  ].join('\n');
}
