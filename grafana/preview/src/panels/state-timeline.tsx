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
import { distinctStates, type StateRow, stateRow } from './states.ts';

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
  const all = useMemo(() => frames.map((frame) => stateRow(frame, range.to.valueOf())), [frames, range]);
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
  const states = distinctStates(rows).map(({ text, color }) => ({ label: text, color, yAxis: 1 }));
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
  config.addSeries({ scaleKey: 'y', pathBuilder: () => null, pointsBuilder: () => false, theme });
  config.addHook('drawClear', (plot) => drawRows(plot, shown.current.rows, middles, look));
  return config;
}

function drawRows(plot: uPlot, rows: readonly StateRow[], middles: readonly number[], look: Look): void {
  const { ctx, bbox } = plot;
  const { typography, colors } = look.theme;
  const height = (bbox.height / rows.length) * look.rowHeight;
  const margin = 4 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${12 * devicePixelRatio}px ${typography.fontFamily}`;
  ctx.textBaseline = 'middle';
  rows.forEach(({ states }, row) => {
    const middle = plot.valToPos(middles[row] ?? 0, 'y', true);
    for (const { from, to, text, color } of states) {
      const left = Math.max(plot.valToPos(from, 'x', true), bbox.left);
      const width = Math.min(plot.valToPos(to, 'x', true), bbox.left + bbox.width) - left;
      ctx.fillStyle = colorManipulator.alpha(color, look.fillOpacity / 100);
      ctx.fillRect(left, middle - height / 2, width, height);
      if (ctx.measureText(text).width + 2 * margin > width) continue;
      ctx.fillStyle = colors.text.maxContrast;
      ctx.fillText(text, left + margin, middle);
    }
  });
  ctx.restore();
}

export const stateTimeline: Adapter = {
  options: { ...defaultOptions, legend: { displayMode: 'list', placement: 'bottom', showLegend: true } },
  field: { color: { mode: FieldColorModeId.Thresholds }, custom: defaultFieldConfig },
  Draw,
};
