// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Platform } from './platform.ts';

/** What is wrong, for whoever has to put it right. */
export interface Failure {
  readonly expected: string;
  readonly seen: string;
  /** What it most likely comes from. */
  readonly cause: string;
  /** The file to change, from the root of the repository, or the command to run. */
  readonly change: string;
}

interface Subject {
  /** What was looked at: a service, a board, an endpoint, an alert. */
  readonly subject: string;
}

interface Judged extends Subject {
  /** The numbers the verdict rests on. */
  readonly measured: string;
  /** What an operator should know though nothing is broken. */
  readonly warning?: string;
  /** Shown by the preview, which stands in for Grafana. */
  readonly preview?: boolean;
}

export type Finding =
  | (Judged & { readonly verdict: 'pass' })
  | (Judged & { readonly verdict: 'fail'; readonly failure: Failure })
  | (Subject & { readonly verdict: 'not checked'; readonly reason: string });

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

export const pass = (subject: string, measured: string, more: Pick<Judged, 'warning' | 'preview'> = {}): Finding => ({
  ...{ subject, verdict: 'pass', measured },
  ...more,
});

export const fail = (subject: string, failure: Failure, measured = failure.seen): Finding => ({
  ...{ subject, verdict: 'fail', measured, failure },
});

export const unchecked = (subject: string, reason: string): Finding => ({ subject, verdict: 'not checked', reason });
