// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type * as units from '@grafana/grafana-foundation-sdk/units';
import type { Threshold } from '../thresholds.ts';

type Units = typeof units;

/**
 * When a signal has a value.
 * - `always`: while the pipeline runs
 * - `used`: while people use the platform
 * - `event`: after something that may never happen, such as a failure
 * - `history`: after a day
 * - `docker`: where containers are
 */
type Presence = 'always' | 'used' | 'event' | 'history' | 'docker';

export interface Query {
  /** PromQL; every rate is taken over `$__rate_interval`. */
  readonly expr: string;
  /** Name of each line, with `{{label}}` for labels that the expression keeps. */
  readonly legend: string;
  /** When this query has a value, if that is another time than the signal's. */
  readonly present?: Presence;
}

/** One thing that is read from Prometheus, described once for panels, rules and checks alike. */
export interface Signal {
  readonly title: string;
  /** What it means and what to do about it; ends with a full stop. */
  readonly description: string;
  readonly unit: Extract<Units[keyof Units], string>;
  readonly queries: readonly [Query, ...Query[]];
  readonly present: Presence;
  /** What a reader sees instead of a value when there is none: the reason, not "No data". */
  readonly empty: string;
  readonly threshold?: Threshold;
  /** Upper end of the histogram's scale: a quantile there is that or more, and is shown as "> 5 s". */
  readonly scale?: number;
  /** Names of states, by value. */
  readonly states?: Readonly<
    Record<number, { readonly text: string; readonly meaning: 'good' | 'warning' | 'critical' }>
  >;
}
