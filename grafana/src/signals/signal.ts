// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type * as units from '@grafana/grafana-foundation-sdk/units';

type Units = typeof units;

/** One thing that is read from Prometheus, described once for panels, rules and checks alike. */
export interface Signal {
  readonly title: string;
  /** What it means and what to do about it; ends with a full stop. */
  readonly description: string;
  readonly unit: Extract<Units[keyof Units], string>;
  /** PromQL; every rate is taken over `$__rate_interval`. */
  readonly expr: string;
  /** Name of each line, with `{{label}}` for labels that the expression keeps. */
  readonly legend: string;
  /** What a reader sees instead of a value when there is none: the reason, not "No data". */
  readonly empty: string;
}
