// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type Row, summaryOf, verdictOf } from '../report.ts';
import type { Reporter } from './reporter.ts';

/** For an issue or a wiki. */
export const markdown: Reporter = (report) => {
  const failures = report.rows.flatMap((row) =>
    row.verdict === 'fail'
      ? [
          `### ${cell(row.criterion)}: ${cell(row.subject)}`,
          '',
          ...Object.entries(row.failure).map(([name, text]) => `- ${name}: ${cell(text)}`),
          '',
        ]
      : [],
  );
  return [
    `# ${report.prometheus}, ${report.began}`,
    '',
    '| criterion | what | verdict | measured |',
    '| --- | --- | --- | --- |',
    ...report.rows.map(
      (row) => `| ${[row.criterion, row.subject, verdictOf(row), detail(row)].map(cell).join(' | ')} |`,
    ),
    '',
    ...failures,
    ...report.rows.flatMap((row) =>
      row.verdict === 'pass' && row.lines !== undefined
        ? [`### ${cell(row.criterion)}: ${cell(row.subject)}`, '', '```yaml', row.lines.trimEnd(), '```', '']
        : [],
    ),
    summaryOf(report),
  ].join('\n');
};

function detail(row: Row): string {
  if (row.verdict === 'not checked') return row.reason;
  return row.warning === undefined ? row.measured : `${row.measured}; warning: ${row.warning}`;
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[|\\<>*_`]/g, '\\$&');
}
