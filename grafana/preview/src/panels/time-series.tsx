// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  cacheFieldDisplayNames,
  compareArrayValues,
  compareDataFrameStructures,
  type DataFrame,
  FieldColorModeId,
  FieldType,
} from '@grafana/data';
import { type OptionsWithLegend, type OptionsWithTooltip, SortOrder, TooltipDisplayMode } from '@grafana/schema';
import { getFieldDisplayItems, preparePlotFrame, TimeSeries } from '@grafana/ui';
import { useRef } from 'react';
import type { Adapter, DrawProps } from './adapter.ts';
import { PlotTooltip, padding } from './plot.tsx';

type Options = OptionsWithLegend & OptionsWithTooltip;

function Draw({ frames, options, range, width, height, onRange }: DrawProps<Options>) {
  const { legend, tooltip } = options;
  return (
    <TimeSeries
      {...{ frames, legend, options, width, height }}
      structureRev={useStructureRevision(frames)}
      timeRange={range}
      timeZone="browser"
      preparePlotFrame={align}
    >
      {(config, { fields }) => {
        config.setPadding(padding);
        return (
          <PlotTooltip
            {...{ config, onRange }}
            itemsAt={(_, rows, series) => {
              const [time, row] = [fields[0], rows.find((candidate) => candidate != null)];
              if (time === undefined || row == null) return undefined;
              const { sort = SortOrder.None } = tooltip;
              const items = getFieldDisplayItems(fields, time, rows, series, TooltipDisplayMode.Multi, sort, isDrawn);
              return { at: time.values[row], items };
            }}
          />
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

const isDrawn = ({ type, config }: DataFrame['fields'][number]) =>
  type === FieldType.number && !config.custom?.hideFrom?.tooltip;

/** Counts up when the series or their settings change: only then is the plot made again, so that a refresh does not end a hover. */
function useStructureRevision(frames: DataFrame[]): number {
  const last = useRef({ frames, revision: 1 });
  if (last.current.frames !== frames) {
    const same = compareArrayValues(last.current.frames, frames, compareDataFrameStructures);
    last.current = { frames, revision: last.current.revision + (same ? 0 : 1) };
  }
  return last.current.revision;
}

export const timeSeries: Adapter = {
  options: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] } },
  field: {
    color: { mode: FieldColorModeId.PaletteClassic },
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: 0,
      showPoints: 'auto',
      pointSize: 5,
      axisPlacement: 'auto',
    },
  },
  Draw,
};
