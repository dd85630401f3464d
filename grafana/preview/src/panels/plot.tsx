// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { dateTimeFormat } from '@grafana/data';
import {
  TooltipPlugin2,
  type UPlotConfigBuilder,
  usePanelContext,
  VizTooltipContent,
  VizTooltipHeader,
  type VizTooltipItem,
  VizTooltipWrapper,
} from '@grafana/ui';
import type uPlot from 'uplot';
import type { DrawProps } from './adapter.ts';

/** At the right of a plot: times with seconds, which a short range has, are twice as wide as the room uPlot leaves for half of one. */
export const padding: uPlot.Padding = [
  null,
  ({ scales: { x } }) => ((x?.max ?? 0) - (x?.min ?? 0) > 15 * 60_000 ? 17 : 30),
  null,
  null,
];

/** TooltipPlugin2 looks for all series at a moment; @grafana/ui has a name for this but does not export it. */
const everySeries = 1;

interface PlotTooltipProps extends Pick<DrawProps, 'onRange'> {
  readonly config: UPlotConfigBuilder;
  /** What is said of the moment under the pointer: milliseconds and values; nothing where there are none. */
  readonly itemsAt: (
    plot: uPlot,
    rows: (number | null)[],
    series: number | null,
  ) => { readonly at: number; readonly items: VizTooltipItem[] } | undefined;
}

/** The values at the pointer; dragging over the plot zooms in. */
export function PlotTooltip({ config, onRange, itemsAt }: PlotTooltipProps) {
  const { sync, eventsScope } = usePanelContext();
  return (
    <TooltipPlugin2
      config={config}
      hoverMode={everySeries}
      queryZoom={({ from, to }) => onRange(from, to)}
      syncMode={sync?.()}
      syncScope={eventsScope}
      render={(plot, rows, series, isPinned) => {
        const found = itemsAt(plot, rows, series);
        return (
          found && (
            <VizTooltipWrapper>
              <VizTooltipHeader item={{ label: '', value: dateTimeFormat(found.at) }} isPinned={isPinned} />
              <VizTooltipContent items={found.items} isPinned={isPinned} />
            </VizTooltipWrapper>
          )
        );
      }}
    />
  );
}
