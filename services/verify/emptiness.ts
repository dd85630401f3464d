// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Because } from '../../grafana/src/signals/signal.ts';
import { type Asker, instant } from '../prometheus/prometheus.ts';
import { filled, read } from './expression.ts';

/** The moment a board is looked at. All in seconds, times since the epoch. */
export interface Moment {
  readonly now: number;
  /** How far back a panel's axis goes. */
  readonly span: number;
  readonly step: number;
  /** The narrowest window that a board offers. */
  readonly rate: number;
  /** How long after what it is made of a recorded series may come: some are recorded once a minute. */
  readonly lag: number;
  /** Whether Prometheus scrapes the collector; in push mode it does not. */
  readonly pulled: boolean;
  /** Whether Prometheus itself answers, and no engine that only answers like it. */
  readonly isPrometheus: boolean;
}

/** Why a query may have no value. */
export interface Declaration {
  readonly because: Because;
  readonly unless?: string | undefined;
}

/** Whether nothing is what a query should have now, by its own declaration. */
export async function isExcused(
  ask: Asker,
  query: string,
  { because, unless }: Declaration,
  moment: Moment,
): Promise<boolean> {
  switch (because) {
    case 'fault':
      return false;
    case 'pull':
      return !moment.pulled;
    case 'store':
      return !moment.isPrometheus;
    case 'traffic':
    case 'history':
      return unless === undefined || !(await holds(ask, filled(unless, moment.rate), moment));
    case 'component':
    case 'failure':
      return !(await couldBeComputed(ask, query, moment));
  }
}

/** For long enough: what has only just begun may not have been recorded. */
export async function holds(
  ask: Asker,
  condition: string,
  { now, lag }: Pick<Moment, 'now' | 'lag'>,
): Promise<boolean> {
  const found = await Promise.all([now, now - lag].map((time) => instant(ask, condition, time)));
  return found.every((series) => series.length > 0);
}

/** Whether all it reads is there, so that there is nothing left that could excuse it; a query that compares may leave all out. */
export async function couldBeComputed(
  ask: Asker,
  query: string,
  { now, lag }: Pick<Moment, 'now' | 'lag'>,
): Promise<boolean> {
  const { selectors, compares } = read(query);
  if (compares) return false;
  const found = await Promise.all(
    selectors.flatMap((selector) => [now, now - lag].map((time) => instant(ask, `group(${selector})`, time))),
  );
  return found.every((series) => series.length > 0);
}
