// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Dashboard, Panel } from '../../grafana/preview/src/dashboard.ts';
import { unsupportedInPanel, unsupportedOnBoard } from '../../grafana/preview/src/support.ts';

const root = path.resolve(import.meta.dirname, '../..');

function boardsIn(folder: string): Dashboard[] {
  return readdirSync(path.join(root, folder)).map((name) =>
    JSON.parse(readFileSync(path.join(root, folder, name), 'utf8')),
  );
}

/** Everything a board asks for that the preview does not draw, by panel. */
function beyond(board: Dashboard): string[] {
  const panels = board.panels.flatMap((panel): readonly Panel[] =>
    panel.type === 'row' ? (panel.panels ?? []) : [panel],
  );
  const inPanels = panels.flatMap((panel) => unsupportedInPanel(panel).map((what) => `${panel.title}: ${what}`));
  return [...inPanels, ...unsupportedOnBoard(board)];
}

test.each(boardsIn('grafana/dashboards'))('the preview draws everything $title asks for', (board) => {
  expect(beyond(board)).toEqual([]);
});

test('what lies beyond the preview is named', () => {
  const [unknown, known] = boardsIn('test/preview/fixtures/boards');
  expect(beyond(unknown as Dashboard)).toEqual([
    'A heat map: panels of type heatmap',
    'An unknown option: option timezone',
    'An unknown option: field setting custom.glow',
    'variable of type adhoc',
    'annotation Deployments',
  ]);
  expect(beyond(known as Dashboard)).toEqual([]);
});

test.each<[string, object, string]>([
  ['a variable of one value', { multi: false }, 'the settings of variable model'],
  ['a variable whose all is a list', { allValue: undefined }, 'the settings of variable model'],
  ['a hidden variable', { hide: 2 }, 'the settings of variable model'],
  ['a variable in another order', { sort: 3 }, 'the settings of variable model'],
  ['a variable cut by an expression', { regex: '/x/' }, 'the settings of variable model'],
  ['a variable of another query', { query: 'metrics(up)' }, 'the settings of variable model'],
  ['a variable of another type', { type: 'textbox' }, 'variable of type textbox'],
])('%s is named', (_, change, named) => {
  const all = { multi: true, includeAll: true, allValue: '.*' };
  const model = { type: 'query', name: 'model', ...all, sort: 1, query: 'label_values(up, model)' };
  const withVariable = (variable: object) =>
    ({ templating: { list: [{ ...model, ...variable }] }, panels: [] }) as never;
  expect(unsupportedOnBoard(withVariable({}))).toEqual([]);
  expect(unsupportedOnBoard(withVariable({ type: 'interval', query: '1m,5m', auto: true }))).toEqual([]);
  expect(unsupportedOnBoard(withVariable(change))).toContain(named);
});

test('a link that leads to no board, or without time and variables, is named', () => {
  const link = { type: 'dashboards', title: 'Boards', asDropdown: true, includeVars: true, keepTime: true };
  const named = (change: object) => unsupportedOnBoard({ panels: [], links: [{ ...link, ...change }] } as never);
  expect(named({})).toEqual([]);
  expect(named({ type: 'link', asDropdown: false, url: '/d/other?var-service=onyx' })).toEqual([]);
  for (const change of [{ type: 'link' }, { asDropdown: false }, { includeVars: false }, { keepTime: false }]) {
    expect(named(change), JSON.stringify(change)).toEqual(['link Boards']);
  }
});

const panel: Panel = { id: 1, type: 'stat', gridPos: { x: 0, y: 0, w: 1, h: 1 } };
const matcher = { id: 'byName', options: 'x' };
const target = { refId: 'A', expr: 'up' };

test.each<[string, Partial<Panel>, string]>([
  ['a setting of the panel', { repeat: 'model' } as Partial<Panel>, 'panel setting repeat'],
  [
    'an override',
    { fieldConfig: { defaults: {}, overrides: [{ matcher, properties: [{ id: 'custom.glow' }] }] } },
    'override custom.glow',
  ],
  [
    'a matcher',
    { fieldConfig: { defaults: {}, overrides: [{ matcher: { id: 'byMoon' }, properties: [] }] } },
    'matcher byMoon',
  ],
  ['a transformation', { transformations: [{ id: 'heatmap', options: {} }] }, 'transformation heatmap'],
  ['a query setting', { targets: [{ ...target, exemplar: true } as never] }, 'query setting exemplar'],
  ['a query format', { targets: [{ ...target, format: 'heatmap' }] }, 'query format heatmap'],
  [
    'two queries in one',
    { targets: [{ ...target, instant: true, range: true }] },
    'a query that is both instant and range',
  ],
])('%s beyond the preview is named', (_, change, named) => {
  expect(unsupportedInPanel({ ...panel, ...change })).toEqual([named]);
});

test.each(['timeseries', 'stat', 'bargauge', 'table', 'text', 'state-timeline'])(
  'an option or a field setting that a panel of type %s does not draw is named',
  (type) => {
    const mode = type === 'text' ? { mode: 'code' } : { legend: { isVirtual: true } };
    const tooltip = ['timeseries', 'state-timeline'].includes(type) ? { tooltip: { mode: 'multi' } } : {};
    const fieldConfig = { defaults: { links: [{}], custom: { glow: 1 } }, overrides: [] };
    const found = unsupportedInPanel({ ...panel, type, options: { ...mode, ...tooltip, sparkle: 1 }, fieldConfig });
    const first = type === 'text' ? ['option sparkle'] : ['option legend.isVirtual', 'option sparkle'];
    const last = type === 'text' ? ['mode code'] : [];
    const links = ['stat', 'table'].includes(type) ? [] : ['field setting links'];
    expect(found).toEqual([...first, ...links, 'field setting custom.glow', ...last]);
  },
);

test('a legend of a state timeline is a list and no table, and a bar gauge has none', () => {
  const legend = (displayMode: string) => ({ legend: { displayMode, showLegend: true, placement: 'bottom' } });
  const named = (type: string, options: Panel['options']) => unsupportedInPanel({ ...panel, type, options });
  const tooltip = { mode: 'multi' };
  expect(named('state-timeline', { tooltip, ...legend('list') })).toEqual([]);
  expect(named('state-timeline', { tooltip, ...legend('table') })).toEqual(['legend.displayMode table']);
  expect(named('bargauge', legend('list'))).toEqual(['option legend.showLegend']);
});
