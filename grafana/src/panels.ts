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
  TableSortByFieldStateBuilder,
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
  SpecialValueMatch,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { ofRow, runbookOfRow, toBoardOfRow } from './links.ts';
import type { Query, Signal } from './signals/signal.ts';
import { colours, coloursOf, decimals, hueOf, missing, smallestAxis } from './style.ts';
import type { Threshold } from './thresholds.ts';

/*
 * The looks of a panel: each draws one signal, a table one in each column. The only file that knows the panel builders of the SDK: what a panel lacks is added
 * here, and its place on a board in dashboard.ts.
 *
 * Panels that say how it is now ask for now: a range's last value would still stand there when there is no newer one.
 */

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the board, not of JavaScript
export const datasource = { type: 'prometheus', uid: '${datasource}' };

/** A panel with what it draws, for links to the panel of a signal. */
export interface Drawn {
  readonly signals: readonly Signal[];
  readonly panel: Panel;
  /** What explains the value: a click leads to the first panel that draws it, on this board or another. */
  readonly explained?: Signal;
}

type Builder = TimeseriesBuilder | StatBuilder | BarGaugeBuilder | StateTimelineBuilder | TableBuilder;

/** What every look shares. */
function framed<B extends Builder>(builder: B, signal: Signal): B {
  const { title, description, unit, empty, threshold } = signal;
  builder
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .noValue(empty.text)
    .thresholds(limits(threshold))
    .mappings(mappings(signal));
  return builder;
}

/** Room for the reason is in the description: a tile and a legend have none. */
function brief<B extends Builder>(builder: B, { description, empty }: Signal): B {
  builder.description(`${description}\n\nWithout a value: ${empty.text}.`).noValue(nothing(empty));
  return builder;
}

const nothing = ({ brief, because }: Signal['empty']): string => brief ?? missing[because];

function tile(signal: Signal): StatBuilder {
  const { empty, unit } = signal;
  const builder = brief(framed(new StatBuilder(), signal), signal)
    .mappings([...mappings(signal), unknown(nothing(empty))])
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(now());
  if (unit === 'percentunit') builder.decimals(1);
  for (const [index, one] of signal.queries.entries()) builder.withTarget(query(one, index).instant());
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

/** As lines of a plot each limit has its own colour, whether low or high is bad: by steps the lower one would be drawn in the colour above it. */
function dashed({ warning, critical }: Threshold): ThresholdsConfigBuilder {
  const lines = [
    { value: warning, color: colours.warning },
    { value: critical, color: colours.critical },
  ];
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: colours.unknown }, ...lines.sort((a, b) => a.value - b.value)]);
}

function mappings(signal: Signal): ValueMapping[] {
  return [...scaled(signal), ...(signal.states ? [named(signal.states)] : [])];
}

/** Without it Grafana gives what is missing the colour of the lowest value: nothing to say would look good, or bad. */
function unknown(text: string): ValueMapping {
  const result = { text, color: colours.unknown, index: 9 };
  return { type: MappingType.SpecialValue, options: { match: SpecialValueMatch.NullAndNan, result } };
}

/** What a histogram cannot tell is not shown as if it could. */
function scaled({ scale = [], unit, queries }: Signal): ValueMapping[] {
  const boundaries = typeof scale === 'number' ? [scale] : scale;
  const asked = queries.flatMap(({ expr }) =>
    [...expr.matchAll(/histogram_quantile\((0\.\d+)/g)].map(([, q]) => Number(q)),
  );
  // Where only the last is known, what lies below it does not lie between two.
  const between = (q: number) =>
    typeof scale === 'number' ? [] : scale.map((to, index) => onlyBetween(scale[index - 1] ?? 0, to, q, unit));
  return [...boundaries.slice(-1).map((end) => saturated(end, unit)), ...[...new Set(asked)].flatMap(between)];
}

function saturated(end: number, unit: string): ValueMapping {
  const text = `> ${end}${unit === 's' ? ' s' : ''}`;
  return { type: MappingType.RangeToText, options: { from: end, to: null, result: { text, index: 0 } } };
}

/** Prometheus draws a straight line between two boundaries: of values that are all there, each quantile is the same, wherever they are. */
function onlyBetween(from: number, to: number, q: number, unit: string): ValueMapping {
  const value = from + q * (to - from);
  const [factor, name] = unit !== 's' ? [1, ''] : to < 1 ? [1000, ' ms'] : [1, ' s'];
  const [low, high] = [from, to].map((bound) => Number((factor * bound).toPrecision(6)));
  const result = { text: `${low}–${high}${name}`, index: 0 };
  return {
    type: MappingType.RangeToText,
    options: { from: value * (1 - rounding), to: value * (1 + rounding), result },
  };
}

/** Sums of the same numbers in another order differ by less. */
const rounding = 1e-9;

function named(states: NonNullable<Signal['states']>): ValueMapping {
  const options = Object.entries(states).map(([value, { text, meaning }], index) => [
    value,
    { text, color: colours[meaning], index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

const refId = (index: number) => String.fromCharCode('A'.charCodeAt(0) + index);

const query = ({ expr, legend }: Query, index: number) =>
  new DataqueryBuilder().refId(refId(index)).expr(expr).legendFormat(legend);

/** A share of something limited runs from 0 to 1; one that should be small ends where it becomes bad; bytes free may be below 0. */
function axis({ unit, threshold, belowZero }: Signal): { min?: number; max?: number; softMax?: number } {
  if (belowZero) return {};
  if (unit !== 'percentunit') return { min: 0, softMax: smallestAxis[unit] ?? 1 };
  const isSmall = threshold !== undefined && Math.max(threshold.warning, threshold.critical) < 0.5;
  return isSmall ? { min: 0, softMax: threshold.critical } : { min: 0, max: 1 };
}

const now = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']);

/** The value now, and a click to what explains it. */
export function stat(signal: Signal, explained: Signal): Drawn {
  return { signals: [signal], explained, panel: tile(signal).colorMode(BigValueColorMode.Value).build() };
}

/**
 * One tile for each line of a signal whose values are states and whose legend is a label, in the order of its names. A click leads to
 * what explains all of them, or to the board that each line names in its label `board`.
 */
export function tiles(signal: Signal, explained?: Signal): Drawn {
  const [one] = signal.queries;
  const name = one.legend.replace(/[{}]/g, '');
  const panel = tile(signal)
    // Now is asked for as rows, because lines of now have no order and cannot be sorted.
    .targets([query(one, 0).instant().format(PromQueryFormat.Table)])
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: name }] } })
    .reduceOptions(now().values(true))
    .colorMode(BigValueColorMode.Background)
    .textMode(BigValueTextMode.ValueAndName)
    .orientation(VizOrientation.Vertical);
  if (explained) return { signals: [signal], explained, panel: panel.build() };
  // Or the name of a tile would be all the labels of its line.
  panel.overrideByName('Value', [
    { id: 'displayName', value: ofRow(name) },
    { id: 'links', value: [{ title: `Board of ${ofRow(name)}`, url: toBoardOfRow(name) }] },
  ]);
  return { signals: [signal], panel: panel.build() };
}

/**
 * One bar for each line, now, the longest first: to compare them with each other and with their limit, at two thirds of the bar.
 * Long names stand `above` their bars.
 */
export function bars(signal: Signal & { readonly threshold: Threshold }, names: 'left' | 'above' = 'left'): Drawn {
  const { warning, critical } = signal.threshold;
  const panel = framed(new BarGaugeBuilder(), signal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Color)
    .namePlacement(names === 'left' ? BarGaugeNamePlacement.Left : BarGaugeNamePlacement.Top)
    .orientation(VizOrientation.Horizontal)
    .showUnfilled(true)
    .reduceOptions(now())
    .min(0)
    .max(1.5 * Math.max(warning, critical))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  for (const [index, { expr, ...one }] of signal.queries.entries())
    panel.withTarget(query({ ...one, expr: `sort_desc(${expr})` }, index).instant());
  return { signals: [signal], panel: panel.build() };
}

/** What state each line was in over time. By thresholds Grafana would name its states `< 1` and `1+`: their own texts and colours count. */
export function timeline(signal: Signal & Required<Pick<Signal, 'states'>>): Drawn {
  const panel = brief(framed(new StateTimelineBuilder(), signal), signal)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(colours.unknown))
    .mergeValues(true)
    .rowHeight(0.8)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(legend('below'))
    .tooltip(tooltip());
  for (const [index, one] of signal.queries.entries()) panel.withTarget(query(one, index).range());
  return { signals: [signal], panel: panel.build() };
}

/** Below the plot for a few names, next to it as a table with their last values, the highest first, for many. */
type Legend = 'below' | 'right';

function legend(place: Legend): VizLegendOptionsBuilder {
  const isBelow = place === 'below';
  const builder = new VizLegendOptionsBuilder().showLegend(true).calcs(isBelow ? [] : ['lastNotNull']);
  return isBelow
    ? builder.displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom)
    : builder.displayMode(LegendDisplayMode.Table).placement(LegendPlacement.Right).sortBy('Last *').sortDesc(true);
}

const tooltip = () => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** The course over time, one line for each name in the legend; limits are dashed lines. */
export function timeseries(signal: Signal, place: Legend = 'below'): Drawn {
  const [first, ...others] = signal.queries;
  const isAlone = others.length === 0 && !first.legend.includes('{{');
  return drawnOverTime(signal, place, isAlone ? 10 : 0);
}

/** The course over time of parts that add up to something. */
export function stacked(signal: Signal, place: Legend = 'below'): Drawn {
  const stacking = new StackingConfigBuilder().mode(StackingMode.Normal).group('A');
  return drawnOverTime(signal, place, 60, stacking);
}

function drawnOverTime(signal: Signal, place: Legend, fillOpacity: number, stacking?: StackingConfigBuilder): Drawn {
  const { threshold, queries } = signal;
  const panel = framed(new TimeseriesBuilder(), signal)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Shades).fixedColor(hueOf(signal)))
    .fillOpacity(fillOpacity)
    .lineWidth(1)
    .showPoints(VisibilityMode.Auto)
    .pointSize(4)
    .legend(legend(place))
    .tooltip(tooltip());
  const { min, max, softMax } = axis(signal);
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  if (softMax !== undefined) panel.axisSoftMax(softMax);
  if (stacking) panel.stacking(stacking);
  if (threshold)
    panel
      .thresholds(dashed(threshold))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  for (const [name, fixedColor] of Object.entries(coloursOf(signal))) {
    const colour = (mode: FieldColorModeId) => [{ id: 'color', value: { mode, fixedColor } }];
    if (name.startsWith('/')) panel.overrideByRegexp(name, colour(FieldColorModeId.Shades));
    else panel.overrideByName(name, colour(FieldColorModeId.Fixed));
  }
  for (const [index, one] of queries.entries()) panel.withTarget(query(one, index).range());
  return { signals: [signal], panel: panel.build() };
}

/** Pixels of a column of values, so that eight of them fit into a board next to Grafana's menu, and of names. */
const narrowest = { value: 72, name: 84 } as const;

/** What a column of a table shows: the only query of its signal. */
export interface Column {
  readonly signal: Signal;
  readonly name: string;
}

/**
 * Signals side by side, one row for each set of values of `labels`.
 *
 * @param labels what all the signals keep, with the names of their columns
 */
export function table(
  head: Pick<Signal, 'title' | 'description' | 'empty'>,
  labels: Readonly<Record<string, string>>,
  columns: readonly [Column, ...Column[]],
): Drawn {
  const [first] = columns;
  const refs = columns.map((_, index) => `Value #${refId(index)}`);
  const panel = new TableBuilder()
    .title(head.title)
    .description(head.description)
    .datasource(datasource)
    // Of the labels: each value has its own, and Grafana would read a label as a date where that is one.
    .unit('string')
    .noValue(head.empty.text)
    .cellHeight(TableCellHeight.Sm)
    .minWidth(narrowest.value)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation(
      organized(['Time'], [...Object.entries(labels), ...columns.map(({ name }, i) => [refs[i] ?? '', name] as const)]),
    )
    .sortBy([new TableSortByFieldStateBuilder().displayName(first.name).desc(true)]);
  for (const name of Object.values(labels))
    panel.overrideByName(name, [{ id: 'custom.minWidth', value: narrowest.name }]);
  for (const [index, { signal, name }] of columns.entries()) {
    panel.withTarget(query(signal.queries[0], index).instant().format(PromQueryFormat.Table));
    panel.overrideByName(name, cell(signal));
  }
  return { signals: columns.map(({ signal }) => signal), panel: withoutFooter(panel.build()) };
}

/** Grafana 13 knows footers of fields only; the SDK still gives the whole table one. */
function withoutFooter({ options, ...panel }: Panel): Panel {
  const { footer: _, ...known } = options as { footer?: unknown };
  return { ...panel, options: known };
}

/** Columns in this order under these names. */
function organized(hidden: readonly string[], columns: readonly (readonly [string, string])[]) {
  return {
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
      indexByName: Object.fromEntries(columns.map(([name], index) => [name, index])),
      renameByName: Object.fromEntries(columns),
    },
  };
}

function cell(signal: Signal): DynamicConfigValue[] {
  const { unit, threshold } = signal;
  return [
    { id: 'unit', value: unit },
    ...(decimals[unit] === undefined ? [] : [{ id: 'decimals', value: decimals[unit] }]),
    // What is missing in a row is unknown, not zero, and neither good nor bad.
    { id: 'noValue', value: '–' },
    { id: 'mappings', value: [...scaled(signal), unknown('–')] },
    ...(threshold
      ? [
          { id: 'thresholds', value: limits(threshold).build() },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ]
      : []),
  ];
}

/** The columns of alerts: which labels, under which names. */
type AlertColumns = Readonly<Record<string, string>> & Readonly<Record<'severity' | 'alertname' | 'runbook', string>>;

/** Alerts, one row each: what is there matters, not its value. */
export function list(signal: Signal, labels: AlertColumns): Drawn {
  const severities = { none: 'unknown', info: 'unknown', warning: 'warning', critical: 'critical' } as const;
  const options = Object.entries(severities).map(([text, meaning], index) => [
    text,
    { text, color: colours[meaning], index },
  ]);
  const panel = framed(new TableBuilder(), signal)
    .cellHeight(TableCellHeight.Sm)
    .minWidth(narrowest.value)
    .withTarget(query(signal.queries[0], 0).instant().format(PromQueryFormat.Table))
    .withTransformation(organized(['Time', 'Value'], Object.entries(labels)))
    .overrideByName(labels.severity, [
      { id: 'mappings', value: [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }] },
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
    ])
    .overrideByName(labels.runbook, [
      { id: 'links', value: [{ title: 'Runbook', url: runbookOfRow(labels.alertname), targetBlank: true }] },
    ]);
  return { signals: [signal], panel: withoutFooter(panel.build()) };
}
