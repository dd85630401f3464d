// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import Table from 'cli-table3';
import color from 'picocolors';
import { type Report, type Row, summaryOf, verdictOf } from '../report.ts';
import type { Reporter } from './reporter.ts';

/** Characters a terminal of an unknown width is taken to have. */
const usual = 132;
/** Borders and the blanks next to them, of four columns. */
const frame = 13;
const narrowest = 20;
/** Of what is before a line of an explanation. */
const label = 10;

/**
 * For people: a table as wide as their terminal, then what is wrong, and one line that counts. That one is never coloured: scripts read it.
 *
 * @param width characters of a line
 */
export function table(width = usual): Reporter {
  return (report) =>
    [
      overview(report, width),
      ...report.rows.flatMap((row) => explanation(row, width)),
      ...report.rows.flatMap(lines),
      '',
      summaryOf(report),
    ].join('\n');
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
  for (const row of rows) {
    // A metric's name is one word, and is cut anywhere rather than short.
    const subject = { content: row.subject, wrapOnWordBoundary: row.subject.includes(' ') };
    drawn.push([row.criterion, subject, coloured(row), detail(row)]);
  }
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

/** To copy, so they are neither wrapped nor coloured. */
function lines(row: Row): string[] {
  return row.verdict === 'pass' && row.lines !== undefined
    ? [color.yellow(`\n${row.criterion} ${row.subject} (${row.check}): lines for ${row.warning}`), row.lines.trimEnd()]
    : [];
}

function explanation(row: Row, width: number): string[] {
  if (row.verdict !== 'fail') return [];
  const { expected, seen, cause, change } = row.failure;
  const none = { top: '', bottom: '', left: '', right: '', mid: '', middle: '' };
  const corners = ['top', 'bottom'].flatMap((side) => [`${side}-mid`, `${side}-left`, `${side}-right`]);
  const drawn = new Table({
    chars: {
      ...none,
      ...Object.fromEntries([...corners, 'left-mid', 'mid-mid', 'right-mid'].map((name) => [name, ''])),
    },
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0 },
    colWidths: [label, width - label],
    wordWrap: true,
  });
  drawn.push(['expected', expected], ['seen', seen], ['because', cause], ['change', change]);
  const lines = drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return [color.red(`\n${row.criterion} ${row.subject} (${row.check})`), ...lines];
}
