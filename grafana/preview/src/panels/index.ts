// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Adapter } from './adapter.ts';
import { barGauge, stat } from './single-value.tsx';
import { stateTimeline } from './state-timeline.tsx';
import { table } from './table.tsx';
import { text } from './text.tsx';
import { timeSeries } from './time-series.tsx';

/** By the type's name in the dashboard JSON; `support.ts` says what each of them draws. */
export const adapters: Readonly<Record<string, Adapter>> = {
  timeseries: timeSeries,
  stat,
  bargauge: barGauge,
  table,
  text,
  'state-timeline': stateTimeline,
};
