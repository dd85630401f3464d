// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';

/** What a run found, as `--json` writes it; docs/reference/verify.schema.json is generated from this. */

const common = {
  check: z.string().describe('Id of the check, as --only takes it.'),
  criterion: z.string().describe('Acceptance criterion or part of the specification that is proved.'),
  subject: z.string().describe('What was looked at: a service, a board, an endpoint, an alert.'),
};
const judged = {
  ...common,
  measured: z.string().describe('The numbers the verdict rests on.'),
  warning: z.string().optional().describe('What an operator should know though nothing is broken.'),
  lines: z.string().optional().describe('What to put where the warning says.'),
  preview: z.boolean().optional().describe('Shown by the preview, which stands in for Grafana.'),
};
const failure = z.strictObject({
  expected: z.string(),
  seen: z.string(),
  cause: z.string().describe('What it most likely comes from.'),
  change: z.string().describe('The file to change, from the root of the repository, or the command to run.'),
});

const row = z.discriminatedUnion('verdict', [
  z.strictObject({ ...judged, verdict: z.literal('pass') }),
  z.strictObject({ ...judged, verdict: z.literal('fail'), failure }),
  z.strictObject({ ...common, verdict: z.literal('not checked'), reason: z.string() }),
]);

export const report = z
  .strictObject({
    began: z.iso.datetime(),
    seconds: z.number().nonnegative().describe('How long it took.'),
    prometheus: z.string().describe('Address of the Prometheus that was asked.'),
    mode: z.enum(['native', 'docker']),
    rows: z.array(row),
    counts: z.strictObject({
      pass: z.int().nonnegative(),
      fail: z.int().nonnegative(),
      notChecked: z.int().nonnegative(),
    }),
  })
  .meta({ title: 'Report of npm run verify' });

export type Row = z.infer<typeof row>;
export type Report = z.infer<typeof report>;

/** Exit codes: 0 passed, 1 a promise is broken (with `strict` also when one was not checked). 2, could not run, has no report. */
export function exitCode({ counts }: Report, strict: boolean): 0 | 1 {
  return counts.fail > 0 || (strict && counts.notChecked > 0) ? 1 : 0;
}

/** `pass`, `pass (preview)`, `fail` or `not checked`. */
export function verdictOf(row: Row): string {
  return row.verdict === 'pass' && row.preview ? 'pass (preview)' : row.verdict;
}

/** The last line of every report for people. */
export function summaryOf({ counts: { pass, fail, notChecked }, seconds }: Report): string {
  return `${pass} passed, ${fail} failed, ${notChecked} not checked, in ${seconds.toFixed(1)} s`;
}
