// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { boards } from '../../grafana/src/board-files.ts';
import { signalsOf } from '../../grafana/src/dashboard.ts';
import type { Query, Signal } from '../../grafana/src/signals/signal.ts';
import type { Asker } from '../prometheus/prometheus.ts';
import { type Declaration, isExcused, type Moment } from './emptiness.ts';
import { namesIn } from './expression.ts';

/** Why a query of a signal may be empty. */
export function declarationOf({ empty }: Pick<Signal, 'empty'>, query: Query): Declaration {
  return query.empty === undefined ? empty : { because: query.empty, unless: query.unless };
}

/** What boards read, and why it may be missing. */
const readings = boards.flatMap(signalsOf).flatMap((signal) =>
  signal.queries.map((query) => ({
    names: namesIn(query.expr),
    declaration: declarationOf(signal, query),
  })),
);

/** Recorded series that boards read. */
export const recordedNames: ReadonlySet<string> = new Set(
  readings.flatMap(({ names }) => names.filter((name) => name.startsWith('onyx:'))),
);

/**
 * Why series of these names may be missing: the reasons of queries that read nothing else, for in others a missing one may stand for
 * zero. History and failures are reasons of what such a query leaves out, not of the series.
 */
export function reasonsFor(names: readonly string[]): readonly Declaration[] {
  return readings
    .filter((reading) => reading.names.every((name) => names.includes(name)))
    .map(({ declaration }) => declaration)
    .filter(({ because }) => because === 'fault' || because === 'traffic');
}

/** Whether there need not be any series of these names now, as far as anybody says. */
export async function isNameExcused(names: readonly string[], ask: Asker, moment: Moment): Promise<boolean> {
  const excuses = await Promise.all(reasonsFor(names).map((reason) => isExcused(ask, names[0] ?? '', reason, moment)));
  return excuses.every(Boolean);
}
