// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { systemOverview } from './boards/system-overview.ts';
import { dashboard } from './dashboard.ts';

const boards = [systemOverview];

/** What `grafana/dashboards/` holds: content by file name. */
export function boardFiles(): Map<string, string> {
  return new Map(boards.map((board) => [`${board.uid}.json`, `${JSON.stringify(dashboard(board), null, 2)}\n`]));
}
