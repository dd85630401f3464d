// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { FieldColorModeId } from '@grafana/data';
import type { TableOptions } from '@grafana/schema';
import { defaultOptions } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
// The old table of the main entry needs patching to load at all; this one is what Grafana itself draws, and the version is pinned.
import { TableNG } from '@grafana/ui/unstable';
import { useState } from 'react';
import type { Adapter, DrawProps } from './adapter.ts';

function Draw({ frames, options, fieldConfig, range, width, height }: DrawProps<TableOptions>) {
  const [sortBy, setSortBy] = useState(options.sortBy);
  const { cellHeight, showHeader } = options;
  const [frame] = frames;
  return (
    frame && (
      <TableNG
        {...{ data: frame, width, height, cellHeight, sortBy, fieldConfig }}
        noHeader={!showHeader}
        onSortByChange={setSortBy}
        noValue={fieldConfig.defaults.noValue}
        timeRange={range}
        resizable
      />
    )
  );
}

export const table: Adapter = {
  options: defaultOptions,
  field: {
    color: { mode: FieldColorModeId.Thresholds },
    custom: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false },
  },
  Draw,
};
