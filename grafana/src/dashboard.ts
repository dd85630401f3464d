// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  RowBuilder,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** Columns of Grafana's grid. */
const gridWidth = 24;

interface Row {
  readonly title: string;
  /** Of every panel in the row, in grid units of 30 pixels. */
  readonly height: number;
  /** Left to right; their widths add up to 24. */
  readonly panels: readonly { readonly width: number; readonly panel: Panel }[];
}

export interface Board {
  /** Also the name of its file; links and bookmarks hang on it, so it never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

/**
 * Gives a board what all boards share (data source, refresh, links to each other) and what the SDK leaves out: ids of panels, their
 * places on the grid, a list of annotations. Throws an error that names the row whose widths do not add up.
 */
export function dashboard({ uid, title, description, rows }: Board): Dashboard {
  const built = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['onyx'])
    .readonly()
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .link(
      new DashboardLinkBuilder('Boards')
        .type(DashboardLinkType.Dashboards)
        .tags(['onyx'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .build();
  // The SDK hides every link in a menu and has no other value to offer.
  for (const link of built.links ?? []) delete link.placement;
  return { ...built, annotations: { list: [] }, panels: laidOut(uid, rows) };
}

function laidOut(uid: string, rows: readonly Row[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { title, height, panels } of rows) {
    const width = panels.reduce((sum, panel) => sum + panel.width, 0);
    if (width !== gridWidth)
      throw new Error(`${uid}: the panels of row "${title}" are ${width} wide, not ${gridWidth}`);
    const header = new RowBuilder(title).build();
    placed.push({ ...header, id: placed.length + 1, gridPos: { x: 0, y, w: gridWidth, h: 1 } });
    y += 1;
    let x = 0;
    for (const { width: w, panel } of panels) {
      placed.push({ ...panel, id: placed.length + 1, gridPos: { x, y, w, h: height } });
      x += w;
    }
    y += height;
  }
  return placed;
}
