// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  cacheFieldDisplayNames,
  compareArrayValues,
  compareDataFrameStructures,
  type DataFrame,
  dateTimeFormat,
  FieldColorModeId,
  FieldType,
} from '@grafana/data';
import {
  DashboardCursorSync,
  SortOrder,
  TooltipDisplayMode,
  type VizLegendOptions,
  type VizTooltipOptions,
} from '@grafana/schema';
import {
  getFieldDisplayItems,
  preparePlotFrame,
  TimeSeries,
  TooltipPlugin2,
  usePanelContext,
  VizTooltipContent,
  VizTooltipHeader,
  VizTooltipWrapper,
} from '@grafana/ui';
import { useRef } from 'react';
import type uPlot from 'uplot';
import type { Adapter, DrawProps } from './adapter.ts';

interface Options {
  readonly legend: VizLegendOptions;
  readonly tooltip: VizTooltipOptions;
}

/** How TooltipPlugin2 looks for what is under the pointer; @grafana/ui has the names but does not export them. */
export const hover = { one: 0, all: 1 } as const;

function Draw({ frames, options, range, width, height, onRange }: DrawProps<Options>) {
  const revision = useStructureRevision(frames);
  const { tooltip } = options;
  return (
    <TimeSeries
      frames={frames}
      structureRev={revision}
      width={width}
      height={height}
      timeRange={range}
      timeZone="browser"
      legend={options.legend}
      preparePlotFrame={align}
      options={{ ...options }}
    >
      {(config, aligned) => {
        config.setPadding(padding);
        return tooltip.mode === TooltipDisplayMode.None ? null : (
          <PlotTooltip config={config} frame={aligned} tooltip={tooltip} onRange={onRange} />
        );
      }}
    </TimeSeries>
  );
}

/** Aligning drops the names of the series, and with them the colours made from names. */
const align: typeof preparePlotFrame = (frames, dimensions, range) => {
  const aligned = preparePlotFrame(frames, dimensions, range);
  if (aligned) cacheFieldDisplayNames([aligned]);
  return aligned;
};

interface PlotTooltipProps {
  readonly config: Parameters<typeof TooltipPlugin2>[0]['config'];
  readonly frame: DataFrame;
  readonly tooltip: VizTooltipOptions;
  readonly onRange: (from: number, to: number) => void;
}

/** At the right of a plot: times with seconds, which a short range has, are twice as wide as the room uPlot leaves for half of one. */
export const padding: uPlot.Padding = [
  null,
  ({ scales: { x } }) => ((x?.max ?? 0) - (x?.min ?? 0) > 15 * 60_000 ? 17 : 30),
  null,
  null,
];

/** The values at the pointer; dragging over the plot zooms in. */
function PlotTooltip({ config, frame, tooltip, onRange }: PlotTooltipProps) {
  const { sync, eventsScope } = usePanelContext();
  return (
    <TooltipPlugin2
      config={config}
      hoverMode={tooltip.mode === TooltipDisplayMode.Single ? hover.one : hover.all}
      queryZoom={({ from, to }) => onRange(from, to)}
      syncMode={sync?.() ?? DashboardCursorSync.Off}
      syncScope={eventsScope}
      maxWidth={tooltip.maxWidth}
      render={(_, rows, series, isPinned) => {
        const [time] = frame.fields;
        const row = rows.find((candidate) => candidate != null);
        if (time === undefined || row == null) return null;
        const sort = tooltip.sort ?? SortOrder.None;
        return (
          <VizTooltipWrapper>
            <VizTooltipHeader item={{ label: '', value: dateTimeFormat(time.values[row]) }} isPinned={isPinned} />
            <VizTooltipContent
              items={getFieldDisplayItems(
                frame.fields,
                time,
                rows,
                series,
                tooltip.mode,
                sort,
                isDrawn,
                tooltip.hideZeros,
              )}
              isPinned={isPinned}
            />
          </VizTooltipWrapper>
        );
      }}
    />
  );
}

const isDrawn = ({ type, config }: DataFrame['fields'][number]) =>
  type === FieldType.number && !(config.custom as { hideFrom?: { tooltip?: boolean } } | undefined)?.hideFrom?.tooltip;

/** Counts up when the series or their settings change: only then is the plot made anew, so that a refresh does not end a hover. */
function useStructureRevision(frames: DataFrame[]): number {
  const last = useRef({ frames, revision: 1 });
  if (last.current.frames !== frames) {
    const same = compareArrayValues(last.current.frames, frames, compareDataFrameStructures);
    last.current = { frames, revision: last.current.revision + (same ? 0 : 1) };
  }
  return last.current.revision;
}

export const timeSeries: Adapter = {
  options: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
  },
  field: {
    color: { mode: FieldColorModeId.PaletteClassic },
    custom: {
      ...{ drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, fillOpacity: 0, gradientMode: 'none' },
      ...{
        showPoints: 'auto',
        pointSize: 5,
        spanNulls: false,
        insertNulls: false,
        barAlignment: 0,
        barWidthFactor: 0.6,
      },
      ...{ axisPlacement: 'auto', axisLabel: '', axisColorMode: 'text', axisGridShow: true, axisBorderShow: false },
      axisCenteredZero: false,
      scaleDistribution: { type: 'linear' },
      stacking: { mode: 'none', group: 'A' },
      thresholdsStyle: { mode: 'off' },
      hideFrom: { viz: false, legend: false, tooltip: false },
    },
  },
  Draw,
};
