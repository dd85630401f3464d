// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { colorManipulator, FieldColorModeId, type GrafanaTheme2 } from '@grafana/data';
import { AxisPlacement, LegendDisplayMode, ScaleDirection, ScaleOrientation } from '@grafana/schema';
import {
  defaultFieldConfig,
  defaultOptions,
  type FieldConfig,
  type Options,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import { UPlotChart, UPlotConfigBuilder, useTheme2, VizLayout, VizLegend, type VizLegendItem } from '@grafana/ui';
import { useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import type { Adapter, DrawProps } from './adapter.ts';
import { PlotTooltip, padding } from './plot.tsx';
import { distinctLooks, type StateRow, stateRow } from './states.ts';

/** What the plot, made once, looks at whenever it draws. */
interface Shown {
  readonly rows: readonly StateRow[];
  readonly range: DrawProps['range'];
}

interface Look {
  /** Share of a row's height that is drawn. */
  readonly rowHeight: number;
  /** Percent. */
  readonly fillOpacity: number;
  readonly theme: GrafanaTheme2;
}

function Draw({ frames, options, fieldConfig, range, width, height, onRange }: DrawProps<Options>) {
  const theme = useTheme2();
  const all = useMemo(() => frames.map((frame) => stateRow(frame, range, theme)), [frames, range, theme]);
  /** Grafana turns over further ones like pages. */
  const rows = all.slice(0, options.perPage);
  const shown = useRef<Shown>({ rows, range });
  shown.current = { rows, range };
  const names = JSON.stringify(rows.map(({ name }) => name));
  const { rowHeight, legend } = options;
  const { fillOpacity = 70 }: FieldConfig = fieldConfig.defaults.custom ?? {};
  const config = useMemo(
    () => plotConfig(JSON.parse(names), shown, { rowHeight, fillOpacity, theme }),
    [names, rowHeight, fillOpacity, theme],
  );
  // uPlot finds the moment under the pointer between these two; the states it does not draw.
  const data: uPlot.AlignedData = useMemo(
    () => [
      [range.from.valueOf(), range.to.valueOf()],
      [0, 0],
    ],
    [range],
  );
  const items = legendItems(rows, all.length - rows.length);
  return (
    <VizLayout
      {...{ width, height }}
      legend={
        legend.showLegend || rows.length < all.length ? (
          <VizLayout.Legend placement={legend.placement}>
            <VizLegend placement={legend.placement} displayMode={LegendDisplayMode.List} items={items} readonly />
          </VizLayout.Legend>
        ) : null
      }
    >
      {(plotWidth, plotHeight) => (
        <UPlotChart {...{ config, data }} width={plotWidth} height={plotHeight}>
          <PlotTooltip {...{ config, onRange }} itemsAt={(plot) => statesAt(plot, shown.current.rows)} />
        </UPlotChart>
      )}
    </VizLayout>
  );
}

function legendItems(rows: readonly StateRow[], hidden: number): VizLegendItem[] {
  const states = distinctLooks(rows).map(({ text, color }) => ({ label: text, color, yAxis: 1 }));
  return hidden > 0 ? [...states, { label: `${hidden} more rows in Grafana`, yAxis: 1 }] : states;
}

function statesAt(plot: uPlot, rows: readonly StateRow[]) {
  const at = plot.posToVal(plot.cursor.left ?? 0, 'x');
  const under = Math.floor(((plot.cursor.top ?? 0) / plot.over.clientHeight) * rows.length);
  const items = rows.flatMap(({ name, states }, index) => {
    const state = states.find(({ from, to }) => from <= at && at < to);
    return state ? [{ label: name, value: state.text, color: state.color, isActive: index === under }] : [];
  });
  return { at, items };
}

function plotConfig(names: readonly string[], shown: { readonly current: Shown }, look: Look): UPlotConfigBuilder {
  const { theme } = look;
  const config = new UPlotConfigBuilder('browser');
  config.setPadding(padding);
  const places = placed(names.length, look.rowHeight);
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
    range: () => [0, 1],
  });
  config.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone: 'browser', theme });
  config.addAxis({
    scaleKey: 'y',
    placement: AxisPlacement.Left,
    splits: () => places.map(({ top, height }) => 1 - top - height / 2),
    values: () => [...names],
    grid: { show: false },
    ticks: { show: false },
    theme,
  });
  config.addSeries({ scaleKey: 'y', pathBuilder: () => null, pointsBuilder: () => false, theme });
  config.addHook('drawClear', (plot) => drawRows(plot, shown.current.rows, places, look));
  return config;
}

/** Share of the plot, from its top. */
interface Place {
  readonly top: number;
  readonly height: number;
}

/** Rows from edge to edge, what is left between them; one alone takes it all. */
function placed(count: number, rowHeight: number): Place[] {
  const height = count > 1 ? rowHeight / count : 1;
  const gap = count > 1 ? (1 - rowHeight) / (count - 1) : 0;
  return Array.from({ length: count }, (_, row) => ({ top: row * (height + gap), height }));
}

function drawRows(plot: uPlot, rows: readonly StateRow[], places: readonly Place[], look: Look): void {
  const { ctx, bbox } = plot;
  const { typography, colors } = look.theme;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = '10px sans-serif';
  const charWidth = (Math.ceil(ctx.measureText(printable).width / printable.length) + 2.5) * devicePixelRatio;
  ctx.font = `500 ${Math.round(12 * devicePixelRatio)}px ${typography.fontFamily}`;
  ctx.textBaseline = 'middle';
  rows.forEach(({ states }, row) => {
    const { top, height } = places[row] ?? { top: 0, height: 0 };
    const [y, pixels] = [bbox.top + top * bbox.height, height * bbox.height];
    for (const { from, to, text, color } of states) {
      const left = Math.max(plot.valToPos(from, 'x', true), bbox.left);
      const width = Math.max(1, Math.min(plot.valToPos(to, 'x', true), bbox.left + bbox.width) - left);
      const fill = colorManipulator.alpha(color, look.fillOpacity / 100);
      ctx.fillStyle = fill;
      ctx.fillRect(left, y, width, pixels);
      // Of a text only what fits, by the width of a mean character; of one character nothing.
      const fits = Math.floor(width / charWidth);
      if (fits < 2) continue;
      ctx.fillStyle = colors.getContrastText(fill, 3);
      ctx.fillText(text.slice(0, fits), left + 2 * devicePixelRatio, y + pixels / 2);
    }
  });
  ctx.restore();
}

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

export const stateTimeline: Adapter = {
  options: { ...defaultOptions, legend: { displayMode: 'list', placement: 'bottom', showLegend: true } },
  field: { color: { mode: FieldColorModeId.Thresholds }, custom: defaultFieldConfig },
  Draw,
};
