// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  IntervalVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  type RowPanel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { toPanel } from './links.ts';
import { type Drawn, datasource } from './panels.ts';
import { window } from './promql.ts';
import type { Signal } from './signals/signal.ts';
import { marker } from './signals/starts.ts';
import { colours } from './style.ts';

/** Columns of Grafana's grid. */
const gridWidth = 24;

/** To choose from, in addition to what the range suggests; the narrowest has room for four scrapes. */
const windows = ['1m', '5m', '15m', '1h'];

/** Where a service started: a marker at the very moment, for its value is the time. */
const starts = {
  name: 'Starts',
  datasource,
  enable: true,
  iconColor: colours.unknown,
  target: new DataqueryBuilder().refId('Anno').expr(marker.expr).build(),
  useValueForTime: true,
  titleFormat: marker.legend,
  textFormat: 'started',
  tagKeys: 'service,version',
};

interface Row {
  readonly title: string;
  /** Its panels ask nothing until it is opened. */
  readonly collapsed?: true;
  /** Of every panel in the row, in grid units of 30 pixels. */
  readonly height: number;
  /** Left to right; their widths add up to 24. */
  readonly panels: readonly { readonly width: number; readonly panel: Drawn }[];
}

/** A choice at the top of a board; queries use it as `label=~"$name"`. */
interface Variable {
  readonly name: string;
  readonly label: string;
  /** Series whose `of` label has the values to choose from. */
  readonly series: string;
  readonly of: string;
}

export interface Board {
  /** Also the name of its file; links and bookmarks hang on it, so it never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables?: readonly Variable[];
  readonly rows: readonly Row[];
  /** The panel of another board that says what this one cannot: a link leads there, with the time and what was chosen. */
  readonly elsewhere?: {
    readonly title: string;
    readonly board: Board;
    readonly signal: Signal;
    readonly service: string;
  };
}

/**
 * Gives a board what all boards share (data source, refresh, links to each other) and what the SDK leaves out: ids of panels, their
 * places on the grid, a list of annotations. Throws an error that names the row whose widths do not add up.
 *
 * @param all where links may lead: the board itself is among them
 */
export function dashboard(board: Board, all: readonly Board[]): Dashboard {
  const { uid, title, description, variables = [], elsewhere } = board;
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['onyx'])
    .readonly()
    .refresh('10s')
    // What a platform fills that has just been started.
    .time({ from: 'now-15m', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      new IntervalVariableBuilder(window.slice(1))
        .label('Window')
        .description(
          'How far each value looks back. auto: five minutes, or a sixtieth of a time longer than five hours.',
        )
        .values(windows.join(','))
        .auto(true)
        .stepCount(60)
        .minInterval('5m')
        .current({ text: 'auto', value: '$__auto' }),
    )
    .link(
      new DashboardLinkBuilder('Boards')
        .type(DashboardLinkType.Dashboards)
        .tags(['onyx'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  if (elsewhere !== undefined) {
    const { board: other, signal, service } = elsewhere;
    builder.link(
      new DashboardLinkBuilder(elsewhere.title)
        .type(DashboardLinkType.Link)
        .icon('external link')
        .url(`/d/${other.uid}?viewPanel=${panelOf(other, signal)}&var-service=${service}`)
        .includeVars(true)
        .keepTime(true),
    );
  }
  for (const { name, label, series, of } of variables) {
    builder.withVariable(
      new QueryVariableBuilder(name)
        .label(label)
        .datasource(datasource)
        .query({ query: `label_values(${series}, ${of})`, refId: name })
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ text: 'All', value: '$__all' }),
    );
  }
  const built = builder.build();
  // The SDK hides every link in a menu and has no other value to offer, and gives all variables what only those of intervals have.
  for (const link of built.links ?? []) delete link.placement;
  for (const variable of built.templating?.list ?? []) {
    if (variable.type === 'interval') {
      variable.refresh = VariableRefresh.OnTimeRangeChanged;
      continue;
    }
    for (const name of ['auto', 'auto_min', 'auto_count'] as const) delete variable[name];
  }
  return { ...built, annotations: { list: [starts] }, panels: laidOut(board, all) };
}

/** The panel that draws a signal; throws an error that names both when there is none. */
export function panelOf(board: Board, signal: Signal): number {
  const id = drawing(board, signal);
  if (id === undefined) throw new Error(`${board.uid}: no panel draws "${signal.title}"`);
  return id;
}

function drawing({ rows }: Board, signal: Signal): number | undefined {
  let id = 0;
  for (const { panels } of rows) {
    id += 1;
    for (const { panel } of panels) {
      id += 1;
      if (panel.signals.includes(signal)) return id;
    }
  }
  return undefined;
}

/** A click on a value leads to what explains it: here if it is here, or on the first board that has it. */
function explaining(signal: Signal, board: Board, all: readonly Board[]) {
  const other = [board, ...all].find((one) => drawing(one, signal) !== undefined);
  if (other === undefined) throw new Error(`${board.uid}: no board draws "${signal.title}", which a tile leads to`);
  return { title: signal.title, url: toPanel(other.uid, panelOf(other, signal)) };
}

/** Everything a board reads. */
export function signalsOf({ rows }: Board): Signal[] {
  return [...new Set(rows.flatMap(({ panels }) => panels.flatMap(({ panel }) => panel.signals)))];
}

/** Ids count rows and panels from the top. */
/** A choice that changes nothing here must not look as if it had. */
function saidOf(description: string, targets: Panel['targets'], variables: readonly Variable[]): string {
  const exprs = JSON.stringify(targets ?? []);
  const idle = variables.filter(({ name }) => !exprs.includes(`$${name}`)).map(({ label }) => label);
  return idle.length > 0 ? `${description}\n\nNot narrowed by ${idle.join(' or ')}.` : description;
}

function laidOut(board: Board, all: readonly Board[]): (Panel | RowPanel)[] {
  const { uid, rows, variables = [] } = board;
  const placed: (Panel | RowPanel)[] = [];
  let id = 0;
  let y = 0;
  for (const { title, collapsed = false, height, panels } of rows) {
    const total = panels.reduce((sum, { width }) => sum + width, 0);
    if (total !== gridWidth)
      throw new Error(`${uid}: the panels of row "${title}" are ${total} wide, not ${gridWidth}`);
    id += 1;
    const row = { ...new RowBuilder(title).build(), id, collapsed, gridPos: { x: 0, y, w: gridWidth, h: 1 } };
    y += 1;
    let x = 0;
    const inside = panels.map(({ width: w, panel: { panel, explained } }) => {
      id += 1;
      x += w;
      const description = saidOf(panel.description ?? '', panel.targets, variables);
      const placed = { ...panel, description, id, gridPos: { x: x - w, y, w, h: height } };
      return explained ? linked(placed, explaining(explained, board, all)) : placed;
    });
    if (collapsed) placed.push({ ...row, panels: inside });
    else placed.push(row, ...inside);
    if (!collapsed) y += height;
  }
  return placed;
}

function linked(panel: Panel, link: { readonly title: string; readonly url: string }): Panel {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  // The SDK takes links of values for links of boards.
  const links = [link] as unknown as NonNullable<typeof defaults.links>;
  return { ...panel, fieldConfig: { defaults: { ...defaults, links }, overrides } };
}
