// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type * as units from '@grafana/grafana-foundation-sdk/units';
import { window } from '../promql.ts';
import type { Threshold } from '../thresholds.ts';

type Units = typeof units;

/**
 * Why a signal may have no value.
 * - `traffic`: the platform was not used in the time asked for
 * - `history`: it looks further back than the data goes
 * - `component`: it is of a part that not every platform has, such as Docker
 * - `failure`: it is about something that may never happen, such as a fallback
 * - `pull`: it is about scrapes of the collector, and there are none where the collector pushes
 * - `store`: it is what Prometheus says of itself, and another engine stores the samples
 * - `fault`: something is broken, for it has a value as long as the pipeline works
 */
export type Because = 'traffic' | 'history' | 'component' | 'failure' | 'pull' | 'store' | 'fault';

interface Empty {
  readonly because: Because;
  /** What a reader sees instead of a value. */
  readonly text: string;
  /** The same for a tile, in three words at most; by default what its reason is called. */
  readonly brief?: string;
  /** PromQL: above 0 when the reason does not hold, and there must be a value. Needed of `traffic` and `history`. */
  readonly unless?: string;
}

export interface Query {
  /** PromQL; every rate is taken over the window of the board. */
  readonly expr: string;
  /** Name of each line, with `{{label}}` for labels that the expression keeps. */
  readonly legend: string;
  /** Why this query may have no value, if that is another reason than the signal's. */
  readonly empty?: Because;
  /** As in the signal's reason, for that of this query. */
  readonly unless?: string;
}

/** A panel's lines; there is at least one. */
export type Queries = readonly [Query, ...Query[]];

/** Over which time a query looks, and at what. */
export interface Scope {
  /** A duration as PromQL writes it. */
  readonly over: string;
  /** A matcher of what was chosen on the board: `model=~"$model"`. Empty: everything. */
  readonly chosen: string;
}

/** Queries that a board asks of what was chosen on it, and a rule of everything, over a window of its own. */
export function scoped(chosen: string, queries: (scope: Scope) => Queries): Pick<Signal, 'queries' | 'ofEverything'> {
  return {
    queries: queries({ over: window, chosen }),
    ofEverything: (over) => queries({ over, chosen: '' }),
  };
}

/** One thing that is read from Prometheus, described once for panels, rules and checks alike. */
export interface Signal {
  readonly title: string;
  /** What it is, with its window; then what to do about it: two short sentences. */
  readonly description: string;
  /** Of Grafana's, or `suffix:…` for one it does not have. */
  readonly unit: Extract<Units[keyof Units], string> | `suffix:${string}`;
  readonly queries: Queries;
  /** The queries as a rule asks them, where they differ from a board's. */
  readonly ofEverything?: (over: string) => Queries;
  readonly empty: Empty;
  readonly threshold?: Threshold;
  /**
   * Boundaries of the histogram that a quantile is taken of, or the last one where the others are not known. A quantile there is that or
   * more, and is shown as "> 5 s"; of values that all lie between two of them, the two are shown: "0.5–1 s".
   */
  readonly scale?: number | readonly number[];
  /** Values below zero mean something, so the axis may go there. */
  readonly belowZero?: true;
  /** Names of states, by value. */
  readonly states?: Readonly<
    Record<number, { readonly text: string; readonly meaning: 'good' | 'warning' | 'critical' }>
  >;
}
