// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { FieldColorModeId } from '@grafana/data';
import { TableCellHeight, type TableSortByFieldState } from '@grafana/schema';
// The old table of the main entry needs patching to load at all; this one is what Grafana itself draws, and the version is pinned.
import { TableNG } from '@grafana/ui/unstable';
import { useState } from 'react';
import type { Adapter, DrawProps } from './adapter.ts';

interface Options {
  readonly frameIndex: number;
  readonly showHeader: boolean;
  readonly showTypeIcons: boolean;
  readonly cellHeight: TableCellHeight;
  readonly sortBy: TableSortByFieldState[];
  readonly enablePagination: boolean;
  readonly frozenColumns?: { readonly left?: number };
}

function Draw({ frames, options, fieldConfig, range, width, height }: DrawProps<Options>) {
  const [sortBy, setSortBy] = useState(options.sortBy);
  const frame = frames[options.frameIndex] ?? frames[0];
  if (frame === undefined) return null;
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={!options.showHeader}
      showTypeIcons={options.showTypeIcons}
      cellHeight={options.cellHeight}
      sortBy={sortBy}
      onSortByChange={setSortBy}
      enablePagination={options.enablePagination}
      frozenColumns={options.frozenColumns?.left}
      fieldConfig={fieldConfig}
      noValue={fieldConfig.defaults.noValue}
      timeRange={range}
      resizable
    />
  );
}

export const table: Adapter = {
  options: {
    ...{ frameIndex: 0, showHeader: true, showTypeIcons: false, sortBy: [], enablePagination: false },
    cellHeight: TableCellHeight.Sm,
  },
  field: {
    color: { mode: FieldColorModeId.Thresholds },
    custom: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, filterable: false },
  },
  Draw,
};
