// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type * as units from '@grafana/grafana-foundation-sdk/units';
import type { Threshold } from '../thresholds.ts';

type Units = typeof units;

/**
 * Why a signal may have no value.
 * - `traffic`: nobody used the platform in the time asked for
 * - `history`: it looks further back than the data goes
 * - `component`: it is of a part that not every platform has, such as Docker
 * - `failure`: it is about something that may never happen, such as a fallback
 * - `pull`: it is about scrapes of the collector, and there are none where the collector pushes
 * - `fault`: something is broken, for it has a value as long as the pipeline works
 */
export type Because = 'traffic' | 'history' | 'component' | 'failure' | 'pull' | 'fault';

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
  /** PromQL; every rate is taken over `$__rate_interval`. */
  readonly expr: string;
  /** Name of each line, with `{{label}}` for labels that the expression keeps. */
  readonly legend: string;
  /** Why this query may have no value, if that is another reason than the signal's. */
  readonly empty?: Because;
  /** As in the signal's reason, for that of this query. */
  readonly unless?: string;
}

/** One thing that is read from Prometheus, described once for panels, rules and checks alike. */
export interface Signal {
  readonly title: string;
  /** What it means and what to do about it, in one sentence. */
  readonly description: string;
  /** Of Grafana's, or `suffix:…` for one it does not have. */
  readonly unit: Extract<Units[keyof Units], string> | `suffix:${string}`;
  readonly queries: readonly [Query, ...Query[]];
  readonly empty: Empty;
  readonly threshold?: Threshold;
  /** Upper end of the histogram's scale: a quantile there is that or more, and is shown as "> 5 s". */
  readonly scale?: number;
  /** Values below zero mean something, so the axis may go there. */
  readonly belowZero?: true;
  /** Names of states, by value. */
  readonly states?: Readonly<
    Record<number, { readonly text: string; readonly meaning: 'good' | 'warning' | 'critical' }>
  >;
}
