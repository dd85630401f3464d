// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { pairedRatio, type Spread, spread } from './statistics.ts';

/** What one fresh process was measured at; names end in their unit. */
export type Sample = Readonly<Record<string, number>>;

export interface Suite {
  readonly name: string;
  /** What the suite answers, one sentence. */
  readonly question: string;
  /** The first is the baseline of every ratio. */
  readonly subjects: readonly [string, ...string[]];
  readonly workloads: readonly string[];
  /** Packages whose versions decide the result. */
  readonly packages: readonly string[];
  /** Measures one subject under one workload in processes of its own, shortly when `quick`. */
  measure(subject: string, workload: string, quick: boolean): Promise<Sample>;
}

interface SubjectResult {
  readonly samples: readonly Sample[];
  readonly measured: Readonly<Record<string, Spread>>;
  /** Against the baseline, within the round; absent for the baseline itself. */
  readonly ratio?: Readonly<Record<string, Spread>>;
}

export type Comparison = Readonly<Record<string, Readonly<Record<string, SubjectResult>>>>;

/**
 * Measures every subject once a round, one after the other, beginning with another subject each round, so that neither drift of the
 * machine nor a place in the order favours one of them.
 *
 * @returns results by workload, then by subject
 */
export async function compare(
  suite: Suite,
  rounds: number,
  quick: boolean,
  onProgress: (text: string) => void,
): Promise<Comparison> {
  const comparison: Record<string, Record<string, SubjectResult>> = {};
  for (const workload of suite.workloads) {
    const samples = new Map<string, Sample[]>(suite.subjects.map((subject) => [subject, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const subject of rotate(suite.subjects, round)) {
        onProgress(`${suite.name}: ${workload}, round ${round + 1} of ${rounds}, ${subject}`);
        samples.get(subject)?.push(await suite.measure(subject, workload, quick));
      }
    }
    const baseline = samples.get(suite.subjects[0]) ?? [];
    comparison[workload] = Object.fromEntries(
      [...samples].map(([subject, own]) => [subject, summarize(own, own === baseline ? undefined : baseline)]),
    );
  }
  return comparison;
}

function rotate<T>(values: readonly T[], by: number): T[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

function summarize(samples: readonly Sample[], baseline: readonly Sample[] | undefined): SubjectResult {
  const keys = Object.keys(samples[0] ?? {});
  const column = (of: readonly Sample[], key: string) => of.map((sample) => sample[key] ?? Number.NaN);
  const each = (summary: (key: string) => Spread) => Object.fromEntries(keys.map((key) => [key, summary(key)]));
  return {
    samples,
    measured: each((key) => spread(column(samples, key))),
    ...(baseline && { ratio: each((key) => pairedRatio(column(samples, key), column(baseline, key))) }),
  };
}

/** Where and with what a result was measured: without it the numbers mean nothing. */
export async function circumstances(packages: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout: commit } = await execa('git', ['describe', '--always', '--dirty', '--abbrev=12'], { reject: false });
  const versions = packages.map(async (name) => {
    const manifest = JSON.parse(await readFile(path.join('node_modules', name, 'package.json'), 'utf8'));
    return [name, (manifest as { version: string }).version] as const;
  });
  return {
    date: new Date().toISOString(),
    commit,
    versions: { node: process.versions.node, ...Object.fromEntries(await Promise.all(versions)) },
    machine: {
      platform: `${os.platform()} ${os.release()} ${os.arch()}`,
      cpu: os.cpus()[0]?.model.trim(),
      cores: os.availableParallelism(),
      memoryGigabytes: Math.round(os.totalmem() / 1e9),
    },
  };
}

/** Writes `<folder>/<name>-<date>.json`; returns its path. A later run of the same day replaces it. */
export async function writeResult(
  folder: string,
  name: string,
  result: { readonly date?: unknown; readonly [fact: string]: unknown },
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}-${String(result.date).slice(0, 10)}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}
