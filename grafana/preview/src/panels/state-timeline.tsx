// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  colorManipulator,
  type DataFrame,
  dateTimeFormat,
  FALLBACK_COLOR,
  FieldColorModeId,
  FieldMatcherID,
  FieldType,
  fieldMatchers,
  type GrafanaTheme2,
  type TimeRange,
} from '@grafana/data';
import {
  AxisPlacement,
  LegendDisplayMode,
  ScaleDirection,
  ScaleOrientation,
  TooltipDisplayMode,
  VisibilityMode,
  type VizLegendOptions,
  type VizTooltipOptions,
} from '@grafana/schema';
import {
  preparePlotFrame,
  TooltipPlugin2,
  UPlotChart,
  UPlotConfigBuilder,
  usePanelContext,
  useTheme2,
  VizLayout,
  VizLegend,
  type VizLegendItem,
  VizTooltipContent,
  VizTooltipHeader,
  VizTooltipWrapper,
} from '@grafana/ui';
import { useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import type { Adapter, DrawProps } from './adapter.ts';
import { distinctStates, type StateRow, stateRows } from './states.ts';
import { hover, padding } from './time-series.tsx';

interface Options {
  readonly showValue: VisibilityMode;
  readonly mergeValues: boolean;
  /** Share of a row's height that is drawn. */
  readonly rowHeight: number;
  readonly alignValue: 'left' | 'center' | 'right';
  /** Rows drawn; Grafana turns over further ones like pages. */
  readonly perPage: number;
  readonly legend: VizLegendOptions;
  readonly tooltip: VizTooltipOptions;
}

interface Look extends Options {
  /** Percent. */
  readonly fillOpacity: number;
  readonly lineWidth: number;
  readonly theme: GrafanaTheme2;
}

/** What the plot, made once, looks at whenever it draws. */
interface Shown {
  readonly rows: readonly StateRow[];
  readonly range: TimeRange;
}

const dimensions = {
  x: fieldMatchers.get(FieldMatcherID.firstTimeField).get({}),
  y: fieldMatchers.get(FieldMatcherID.byTypes).get(new Set([FieldType.number])),
};

function Draw({ frames, options, fieldConfig, range, width, height, onRange }: DrawProps<Options>) {
  const theme = useTheme2();
  const { sync, eventsScope } = usePanelContext();
  const frame = useMemo(() => preparePlotFrame(frames, dimensions, range), [frames, range]);
  const all = useMemo(
    () => (frame ? stateRows(frame, range.to.valueOf(), options.mergeValues, FALLBACK_COLOR) : []),
    [frame, range, options.mergeValues],
  );
  const rows = useMemo(() => all.slice(0, options.perPage), [all, options.perPage]);
  const shown = useRef<Shown>({ rows, range });
  shown.current = { rows, range };
  const { fillOpacity = 70, lineWidth = 0 } = (fieldConfig.defaults.custom ?? {}) as Partial<Look>;
  const names = JSON.stringify(rows.map(({ name }) => name));
  const config = useMemo(
    () => plotConfig(JSON.parse(names), shown, { ...options, fillOpacity, lineWidth, theme }),
    [names, options, fillOpacity, lineWidth, theme],
  );
  if (!frame || rows.length === 0) return null;

  const { legend, tooltip } = options;
  return (
    <VizLayout
      width={width}
      height={height}
      legend={
        legend.showLegend || rows.length < all.length ? (
          <VizLayout.Legend placement={legend.placement}>
            <VizLegend
              placement={legend.placement}
              displayMode={LegendDisplayMode.List}
              items={legendItems(rows, all.length - rows.length)}
              readonly
            />
          </VizLayout.Legend>
        ) : null
      }
    >
      {(plotWidth, plotHeight) => (
        <UPlotChart config={config} data={plotData(frame, rows)} width={plotWidth} height={plotHeight}>
          {tooltip.mode !== TooltipDisplayMode.None && (
            <TooltipPlugin2
              config={config}
              hoverMode={hover.all}
              queryZoom={({ from, to }) => onRange(from, to)}
              syncMode={sync?.()}
              syncScope={eventsScope}
              render={(plot, _, __, isPinned) => (
                <StatesAt plot={plot} rows={shown.current.rows} tooltip={tooltip} isPinned={isPinned} />
              )}
            />
          )}
        </UPlotChart>
      )}
    </VizLayout>
  );
}

function legendItems(rows: readonly StateRow[], hidden: number): VizLegendItem[] {
  const states = distinctStates(rows).map(({ text, color }) => ({ label: text, color, yAxis: 1 }));
  return hidden > 0 ? [...states, { label: `${hidden} more rows in Grafana`, yAxis: 1 }] : states;
}

interface StatesAtProps {
  readonly plot: uPlot;
  readonly rows: readonly StateRow[];
  readonly tooltip: VizTooltipOptions;
  readonly isPinned: boolean;
}

function StatesAt({ plot, rows, tooltip, isPinned }: StatesAtProps) {
  const at = plot.posToVal(plot.cursor.left ?? 0, 'x');
  const under = Math.floor(((plot.cursor.top ?? 0) / plot.over.clientHeight) * rows.length);
  const items = rows.flatMap(({ name, states }, index) => {
    const state = states.find(({ from, to }) => from <= at && at < to);
    if (!state || (tooltip.mode === TooltipDisplayMode.Single && index !== under)) return [];
    return { label: name, value: state.text, color: state.color, isActive: index === under };
  });
  return (
    <VizTooltipWrapper>
      <VizTooltipHeader item={{ label: '', value: dateTimeFormat(at) }} isPinned={isPinned} />
      <VizTooltipContent items={items} isPinned={isPinned} />
    </VizTooltipWrapper>
  );
}

/** uPlot finds the moment under the pointer; the states it does not draw. */
function plotData(frame: DataFrame, rows: readonly StateRow[]): uPlot.AlignedData {
  const times = frame.fields[0]?.values ?? [];
  return [times, ...rows.map(() => times.map(() => 0))];
}

function plotConfig(names: readonly string[], shown: { readonly current: Shown }, look: Look): UPlotConfigBuilder {
  const { theme } = look;
  const config = new UPlotConfigBuilder('browser');
  config.setPadding(padding);
  const middles = names.map((_, row) => names.length - row - 0.5);
  config.addScale({
    scaleKey: 'x',
    isTime: true,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    range: () => [shown.current.range.from.valueOf(), shown.current.range.to.valueOf()],
  });
  config.addScale({
    scaleKey: 'y',
    orientation: ScaleOrientation.Vertical,
    direction: ScaleDirection.Up,
    range: () => [0, names.length],
  });
  config.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone: 'browser', theme });
  config.addAxis({
    scaleKey: 'y',
    placement: AxisPlacement.Left,
    splits: () => middles,
    values: () => [...names],
    grid: { show: false },
    ticks: { show: false },
    theme,
  });
  names.forEach(() => {
    config.addSeries({ scaleKey: 'y', pathBuilder: () => null, pointsBuilder: () => false, theme });
  });
  config.addHook('drawClear', (plot) => drawRows(plot, shown.current.rows, middles, look));
  return config;
}

function drawRows(plot: uPlot, rows: readonly StateRow[], middles: readonly number[], look: Look): void {
  const { ctx, bbox } = plot;
  const height = (bbox.height / rows.length) * look.rowHeight;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${12 * devicePixelRatio}px ${look.theme.typography.fontFamily}`;
  ctx.textBaseline = 'middle';
  rows.forEach(({ states }, row) => {
    const middle = plot.valToPos(middles[row] ?? 0, 'y', true);
    for (const state of states) {
      const left = Math.max(plot.valToPos(state.from, 'x', true), bbox.left);
      const width = Math.min(plot.valToPos(state.to, 'x', true), bbox.left + bbox.width) - left;
      ctx.fillStyle = colorManipulator.alpha(state.color, look.fillOpacity / 100);
      ctx.fillRect(left, middle - height / 2, width, height);
      if (look.lineWidth > 0) {
        ctx.strokeStyle = state.color;
        ctx.lineWidth = look.lineWidth * devicePixelRatio;
        ctx.strokeRect(left, middle - height / 2, width, height);
      }
      drawText(ctx, state.text, left, middle, width, look);
    }
  });
  ctx.restore();
}

function drawText(
  ctx: CanvasRenderingContext2D,
  text: string,
  left: number,
  middle: number,
  width: number,
  look: Look,
) {
  const margin = 4 * devicePixelRatio;
  const fits = ctx.measureText(text).width + 2 * margin <= width;
  if (look.showValue === VisibilityMode.Never || (look.showValue === VisibilityMode.Auto && !fits)) return;
  const at = { left: left + margin, center: left + width / 2, right: left + width - margin };
  ctx.textAlign = look.alignValue;
  ctx.fillStyle = look.theme.colors.text.maxContrast;
  ctx.fillText(text, at[look.alignValue], middle);
}

export const stateTimeline: Adapter = {
  options: {
    ...{ showValue: 'auto', mergeValues: true, rowHeight: 0.9, alignValue: 'left', perPage: 20 },
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: TooltipDisplayMode.Single },
  },
  field: { color: { mode: FieldColorModeId.Thresholds }, custom: { fillOpacity: 70, lineWidth: 0 } },
  Draw,
};
