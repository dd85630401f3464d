// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Platform } from './platform.ts';
import type { Row } from './report.ts';

/** A row of the report, but for the check that it comes from. */
export type Finding<R extends Row = Row> = R extends Row ? Omit<R, 'check' | 'criterion'> : never;

/** One promise and how it is proved. */
export interface Check {
  /** For `--only` and `--skip`. */
  readonly id: string;
  /** The acceptance criterion, or the part of the specification, that it proves. */
  readonly criterion: string;
  readonly promise: string;
  /** Only when asked for by name: it does more than read. */
  readonly onRequest?: true;
  /** Rejects when what it asks cannot be asked; that is no verdict. */
  run(platform: Platform): Promise<readonly Finding[]>;
}

type Passed = Extract<Row, { verdict: 'pass' }>;
type Failure = Extract<Row, { verdict: 'fail' }>['failure'];

export const pass = (
  subject: string,
  measured: string,
  more: Pick<Passed, 'warning' | 'lines' | 'preview'> = {},
): Finding => ({
  ...{ subject, verdict: 'pass', measured },
  ...more,
});

export const fail = (subject: string, failure: Failure, measured = failure.seen): Finding => ({
  ...{ subject, verdict: 'fail', measured, failure },
});

export const unchecked = (subject: string, reason: string): Finding => ({ subject, verdict: 'not checked', reason });

/** What is measured of endpoints where there are none to scrape. */
export const nonePushed = 'none is scraped: gateways push';
