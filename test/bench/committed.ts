// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Comparison } from './harness.ts';

/** Where results are kept, in git. */
export const resultsFolder: string = path.join(import.meta.dirname, 'results');

const spread = z.object({ median: z.number().nullable(), q1: z.number().nullable(), q3: z.number().nullable() });
const kept = z.object({
  name: z.string(),
  question: z.string(),
  date: z.iso.datetime(),
  commit: z.string(),
  versions: z.record(z.string(), z.string()),
  machine: z.object({ platform: z.string(), cpu: z.string(), cores: z.number(), memoryGigabytes: z.number() }),
  peers: z.record(z.string(), z.string()).default({}),
  pinned: z.boolean(),
  rounds: z.number(),
  comparison: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        samples: z.array(z.record(z.string(), z.number().nullable())),
        measured: z.record(z.string(), spread),
        ratio: z.record(z.string(), spread).optional(),
      }),
    ),
  ),
});

/** The Node of the project's own figures. */
const ownNode = 20;

/** What the result of a suite is called: `overhead`, and `overhead-node24` of one that was measured on Node 24. */
export function resultName(suite: string, nodeMajor = Number.parseInt(process.versions.node, 10)): string {
  return nodeMajor === ownNode ? suite : `${suite}-node${nodeMajor}`;
}

/** What the result of a suite is called that compares the preload with what it was at a commit: `overhead-since-d89a808`. */
export function sinceName(suite: string, commit: string): string {
  return `${suite}-since-${commit}`;
}

/** A run of a suite as `run.ts` keeps it. */
export type Result = Omit<z.infer<typeof kept>, 'comparison'> & {
  /** The file's name. */
  readonly file: string;
  readonly comparison: Comparison;
};

/**
 * The newest result of a suite.
 *
 * @param suite as `resultName` calls it
 * @throws ZodError for a file of another form, of a harness before this one
 */
export async function newestResult(suite: string, folder = resultsFolder): Promise<Result | undefined> {
  // Names end in their date.
  const file = (await readdir(folder))
    .filter((name) => new RegExp(`^${suite}-[\\d-]+\\.json$`).test(name))
    .sort()
    .at(-1);
  if (file === undefined) return undefined;
  const result = kept.parse(JSON.parse(await readFile(path.join(folder, file), 'utf8')));
  // JSON has no NaN: what was not a number is `null` there.
  const comparison = JSON.parse(JSON.stringify(result.comparison), (_key, value) =>
    value === null ? Number.NaN : value,
  );
  return { ...result, file, comparison: comparison as Comparison };
}

/** What decides a result, in addition to the suite. */
const circumstances = ['commit', 'versions', 'machine'] as const;

/**
 * The rounds that were kept earlier on the day of a measurement.
 *
 * @param suite as `resultName` calls it
 * @param where the measurement is made, as `circumstances` tells it
 * @throws Error when they were measured with or on something else
 */
export async function roundsOfToday(
  suite: string,
  where: Readonly<Record<string, unknown>>,
  folder = resultsFolder,
): Promise<Pick<Result, 'comparison' | 'rounds'>> {
  const kept = await newestResult(suite, folder);
  if (kept?.date.slice(0, 10) !== String(where.date).slice(0, 10)) return { comparison: {}, rounds: 0 };
  for (const fact of circumstances) {
    if (!isDeepStrictEqual(kept[fact], where[fact]))
      throw new Error(`${kept.file} has another ${fact}: rounds of both would be no comparison`);
  }
  return kept;
}
