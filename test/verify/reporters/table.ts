// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import Table from 'cli-table3';
import color from 'picocolors';
import { type Report, type Row, summaryOf, verdictOf } from '../report.ts';
import type { Reporter } from './reporter.ts';

/** Characters a terminal of an unknown width is taken to have. */
const usual = 132;
/** Borders and the blanks beside them, of four columns. */
const frame = 13;
const narrowest = 20;

/**
 * For people: a table as wide as their terminal, then what is wrong, and one line that counts. That one is never coloured: scripts read it.
 *
 * @param width characters of a line
 */
export function table(width = usual): Reporter {
  return (report) => [overview(report, width), ...report.rows.flatMap(explanation), '', summaryOf(report)].join('\n');
}

function overview({ rows }: Report, width: number): string {
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length), 0);
  const fixed = [
    widest(['criterion', ...rows.map(({ criterion }) => criterion)]),
    Math.min(widest(rows.map(({ subject }) => subject)), Math.floor(width / 4)),
    widest(['not checked', ...rows.map(verdictOf)]),
  ];
  const rest = Math.max(narrowest, width - frame - fixed.reduce((sum, each) => sum + each, 0));
  const drawn = new Table({
    head: ['criterion', 'what', 'verdict', 'measured'],
    style: { head: [], border: [], compact: true },
    colWidths: [...fixed, rest].map((each) => each + 2),
    wordWrap: true,
  });
  for (const row of rows) drawn.push([row.criterion, row.subject, coloured(row), detail(row)]);
  return drawn.toString();
}

function coloured(row: Row): string {
  const paint = { pass: color.green, fail: color.red, 'not checked': color.yellow }[row.verdict];
  return paint(verdictOf(row));
}

function detail(row: Row): string {
  if (row.verdict === 'not checked') return row.reason;
  return row.warning === undefined ? row.measured : `${row.measured}; ${color.yellow(`warning: ${row.warning}`)}`;
}

function explanation(row: Row): string[] {
  if (row.verdict !== 'fail') return [];
  const { expected, seen, cause, change } = row.failure;
  return [
    color.red(`\n${row.criterion} ${row.subject} (${row.check})`),
    `  expected  ${expected}`,
    `  seen      ${seen}`,
    `  because   ${cause}`,
    `  change    ${change}`,
  ];
}
