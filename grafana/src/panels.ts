// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellHeight,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Query, Signal } from './signals/signal.ts';
import { colours, coloursOf } from './style.ts';
import type { Threshold } from './thresholds.ts';

/*
 * The looks of a panel, each drawing one signal. The only file that knows the panel builders of the SDK: what a panel lacks is added
 * here, and its place on a board in dashboard.ts.
 *
 * Panels that say how it is now ask for now: a range's last value would still stand there when there is no newer one.
 */

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the board, not of JavaScript
export const datasource = { type: 'prometheus', uid: '${datasource}' };

/** A panel with what it draws, for whoever links to the panel of a signal. */
export interface Drawn {
  readonly signals: readonly Signal[];
  readonly panel: Panel;
}

type Builder = TimeseriesBuilder | StatBuilder | BarGaugeBuilder | StateTimelineBuilder | TableBuilder;

/** What every look shares. */
function framed<B extends Builder>(builder: B, signal: Signal): B {
  const { title, description, unit, empty, threshold, scale, states } = signal;
  builder
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .noValue(empty)
    .thresholds(limits(threshold))
    .mappings([...(scale === undefined ? [] : [saturated(scale, unit)]), ...(states ? [named(states)] : [])]);
  if (unit === 'percentunit') builder.min(0).max(1);
  for (const { legend } of signal.queries) {
    for (const [name, fixedColor] of Object.entries(coloursOf(legend))) {
      builder.overrideByName(name, [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor } }]);
    }
  }
  return builder;
}

/** Green is for what has a limit and keeps it: without one a value means neither good nor bad. */
function limits(threshold: Threshold | undefined): ThresholdsConfigBuilder {
  const config = new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute);
  if (threshold === undefined) return config.steps([{ value: null, color: colours.unknown }]);
  const { warning, critical } = threshold;
  return config.steps(
    warning < critical
      ? [
          { value: null, color: colours.good },
          { value: warning, color: colours.warning },
          { value: critical, color: colours.critical },
        ]
      : [
          { value: null, color: colours.critical },
          { value: critical, color: colours.warning },
          { value: warning, color: colours.good },
        ],
  );
}

function saturated(scale: number, unit: string): ValueMapping {
  const text = `> ${scale}${unit === 's' ? ' s' : ''}`;
  return { type: MappingType.RangeToText, options: { from: scale, to: null, result: { text, index: 0 } } };
}

function named(states: NonNullable<Signal['states']>): ValueMapping {
  const options = Object.entries(states).map(([value, { text, meaning }], index) => [
    value,
    { text, color: colours[meaning], index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

const query = ({ expr, legend }: Query, index: number) =>
  new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .expr(expr)
    .legendFormat(legend);

const now = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']);

/** The value now. */
export function stat(signal: Signal): Drawn {
  const panel = framed(new StatBuilder(), signal)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(now());
  for (const [index, one] of signal.queries.entries()) panel.withTarget(query(one, index).instant());
  return { signals: [signal], panel: panel.build() };
}

/** One tile for each line of a signal whose values are states. */
export function tiles(signal: Signal): Drawn {
  const panel = framed(new StatBuilder(), signal)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Background)
    .textMode(BigValueTextMode.ValueAndName)
    .orientation(VizOrientation.Vertical)
    .reduceOptions(now());
  for (const [index, one] of signal.queries.entries()) panel.withTarget(query(one, index).instant());
  return { signals: [signal], panel: panel.build() };
}

/** One bar for each line, now: for comparing them with each other and with their limit. */
export function bars(signal: Signal): Drawn {
  const panel = framed(new BarGaugeBuilder(), signal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Color)
    .namePlacement(BarGaugeNamePlacement.Left)
    .orientation(VizOrientation.Horizontal)
    .showUnfilled(true)
    .reduceOptions(now())
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  if (signal.unit !== 'percentunit') {
    panel.min(0);
    // The whole bar is twice the limit, so that a third of it is no emergency only because nothing else is longer.
    if (signal.threshold) panel.max(2 * Math.max(signal.threshold.warning, signal.threshold.critical));
  }
  for (const [index, one] of signal.queries.entries()) panel.withTarget(query(one, index).instant());
  return { signals: [signal], panel: panel.build() };
}

/** What state each line was in over time. */
export function timeline(signal: Signal): Drawn {
  const panel = framed(new StateTimelineBuilder(), signal)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .mergeValues(true)
    .rowHeight(0.8)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(legend())
    .tooltip(tooltip());
  for (const [index, one] of signal.queries.entries()) panel.withTarget(query(one, index).range());
  return { signals: [signal], panel: panel.build() };
}

const legend = () =>
  new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .calcs([]);

const tooltip = () => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** The course over time, one line for each name in the legend; limits are dashed lines. */
export function timeseries(signal: Signal): Drawn {
  return drawnOverTime(signal, 10);
}

/** The course over time of parts that add up to something. */
export function stacked(signal: Signal): Drawn {
  const stacking = new StackingConfigBuilder().mode(StackingMode.Normal).group('A');
  return drawnOverTime(signal, 60, stacking);
}

function drawnOverTime(signal: Signal, fillOpacity: number, stacking?: StackingConfigBuilder): Drawn {
  const panel = framed(new TimeseriesBuilder(), signal)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .fillOpacity(signal.queries.length > 1 && !stacking ? 0 : fillOpacity)
    .lineWidth(1)
    .showPoints(VisibilityMode.Auto)
    .pointSize(4)
    .legend(legend())
    .tooltip(tooltip());
  if (signal.unit !== 'percentunit') panel.min(0);
  if (stacking) panel.stacking(stacking);
  if (signal.threshold)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  for (const [index, one] of signal.queries.entries()) panel.withTarget(query(one, index).range());
  return { signals: [signal], panel: panel.build() };
}

/** What a column of a table shows: the only query of its signal. */
export interface Column {
  readonly signal: Signal;
  readonly name: string;
}

/**
 * Signals side by side, one row for each value of `label`, sorted by the first column.
 *
 * @param label the label all the signals keep, under the name its column has
 */
export function table(
  head: Pick<Signal, 'title' | 'description' | 'empty'>,
  label: { readonly of: string; readonly name: string },
  columns: readonly [Column, ...Column[]],
): Drawn {
  const refs = columns.map((_, index) => `Value #${String.fromCharCode('A'.charCodeAt(0) + index)}`);
  const panel = new TableBuilder()
    .title(head.title)
    .description(head.description)
    .datasource(datasource)
    .unit('none')
    .noValue(head.empty)
    .cellHeight(TableCellHeight.Sm)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries([label.of, ...refs].map((name, index) => [name, index])),
        renameByName: Object.fromEntries([[label.of, label.name], ...columns.map(({ name }, i) => [refs[i], name])]),
      },
    });
  for (const [index, { signal, name }] of columns.entries()) {
    panel.withTarget(query(signal.queries[0], index).instant().format(PromQueryFormat.Table));
    panel.overrideByName(name, cell(signal));
  }
  return { signals: columns.map(({ signal }) => signal), panel: panel.build() };
}

function cell({ unit, threshold, scale }: Signal): DynamicConfigValue[] {
  return [
    { id: 'unit', value: unit },
    { id: 'noValue', value: '–' },
    ...(scale === undefined ? [] : [{ id: 'mappings', value: [saturated(scale, unit)] }]),
    ...(threshold
      ? [
          { id: 'thresholds', value: limits(threshold).build() },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ]
      : []),
  ];
}

/** The labels of each line of a signal, one row each: what is there matters, not its value. */
export function list(signal: Signal, labels: Readonly<Record<string, string>>): Drawn {
  const names = Object.keys(labels);
  const panel = framed(new TableBuilder(), signal)
    .cellHeight(TableCellHeight.Sm)
    .withTarget(query(signal.queries[0], 0).instant().format(PromQueryFormat.Table))
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true, Value: true },
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: labels,
      },
    })
    .overrideByName(labels.severity ?? 'severity', [
      {
        id: 'mappings',
        value: [
          {
            type: MappingType.ValueToText,
            options: {
              warning: { text: 'warning', color: colours.warning, index: 0 },
              critical: { text: 'critical', color: colours.critical, index: 1 },
            },
          },
        ],
      },
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
    ]);
  return { signals: [signal], panel: panel.build() };
}
