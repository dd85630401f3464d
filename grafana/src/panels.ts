// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Signal } from './signals/signal.ts';
import type { Threshold } from './thresholds.ts';

/*
 * The looks of a panel, each drawing one signal. The only file that knows the panel builders of the SDK: what a panel lacks is added
 * here, and its place on a board in dashboard.ts.
 */

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the board, not of JavaScript
const datasource = { type: 'prometheus', uid: '${datasource}' };

// Grafana's own palette names; no panel names a colour.
const colours = { good: 'green', warning: 'orange', critical: 'red' };

function limits(threshold: Threshold | undefined): ThresholdsConfigBuilder {
  const { warning, critical } = threshold ?? {};
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: colours.good },
      ...(warning === undefined ? [] : [{ value: warning, color: colours.warning }]),
      ...(critical === undefined ? [] : [{ value: critical, color: colours.critical }]),
    ]);
}

const query = ({ expr, legend }: Signal) => new DataqueryBuilder().refId('A').expr(expr).legendFormat(legend);

/** The value now, with its recent course behind it. */
export function stat(signal: Signal, threshold?: Threshold): Panel {
  const share = signal.unit === 'percentunit' ? { min: 0, max: 1 } : undefined;
  const panel = new StatBuilder()
    .title(signal.title)
    .description(signal.description)
    .datasource(datasource)
    .unit(signal.unit)
    .noValue(signal.empty)
    .thresholds(limits(threshold))
    .graphMode(BigValueGraphMode.Area)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .withTarget(query(signal));
  return (share ? panel.min(share.min).max(share.max) : panel).build();
}

/** One tile for each line of the signal: 1 is up, 0 is down. */
export function state(signal: Signal): Panel {
  return (
    new StatBuilder()
      .title(signal.title)
      .description(signal.description)
      .datasource(datasource)
      .unit(signal.unit)
      .noValue(signal.empty)
      .mappings([
        {
          type: MappingType.ValueToText,
          options: {
            0: { text: 'Down', color: colours.critical, index: 0 },
            1: { text: 'Up', color: colours.good, index: 1 },
          },
        },
      ])
      .graphMode(BigValueGraphMode.None)
      .colorMode(BigValueColorMode.Background)
      .textMode(BigValueTextMode.ValueAndName)
      // The last value even when it is missing: an old "Up" would hide that nobody knows.
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['last']))
      .withTarget(query(signal).instant())
      .build()
  );
}

/** The course over time, one line for each name in the legend. */
export function timeseries(signal: Signal, threshold?: Threshold): Panel {
  const panel = new TimeseriesBuilder()
    .title(signal.title)
    .description(signal.description)
    .datasource(datasource)
    .unit(signal.unit)
    .noValue(signal.empty)
    .min(0)
    .thresholds(limits(threshold))
    .fillOpacity(10)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .withTarget(query(signal).range());
  return (signal.unit === 'percentunit' ? panel.max(1) : panel).build();
}
