// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { type Board, dashboard, panelOf } from '../../grafana/src/dashboard.ts';
import { stat, table, timeseries } from '../../grafana/src/panels.ts';
import { cpuUse, memoryUse } from '../../grafana/src/signals/host.ts';

/** What the tiles of these boards lead to. */
const explaining: Board = {
  ...{ uid: 'explaining', title: 'Explaining', description: 'What tiles lead to.' },
  rows: [{ title: 'Memory', height: 4, panels: [{ width: 24, panel: timeseries(memoryUse) }] }],
};

test('a row whose panels do not fill the grid is named', () => {
  const rows = [{ title: 'Now', height: 4, panels: [{ width: 12, panel: stat(cpuUse, memoryUse) }] }];
  expect(() => dashboard({ uid: 'half', title: 'Half', description: 'Half a board.', rows }, [])).toThrow(
    'half: the panels of row "Now" are 12 wide, not 24',
  );
});

test('a collapsed row holds its panels, and the next row stands right below it', () => {
  const panels = [{ width: 24, panel: stat(cpuUse, memoryUse) }];
  const rows = [
    { title: 'Rarely', collapsed: true as const, height: 4, panels },
    { title: 'Often', height: 4, panels },
  ];
  const placed = dashboard({ uid: 'two', title: 'Two', description: 'Two rows.', rows }, [explaining]).panels ?? [];
  expect(placed.map(({ id, type, gridPos }) => [id, type, gridPos?.y])).toEqual([
    [1, 'row', 0],
    [3, 'row', 1],
    [4, 'stat', 2],
  ]);
  expect(placed[0]).toMatchObject({ collapsed: true, panels: [{ id: 2, gridPos: { x: 0, y: 1, w: 24, h: 4 } }] });
});

test('the panel of a signal is found by its id on the board, in a collapsed row too', () => {
  const board: Board = {
    ...{ uid: 'one', title: 'One', description: 'One row.' },
    rows: [{ title: 'Now', collapsed: true, height: 4, panels: [{ width: 24, panel: stat(cpuUse, memoryUse) }] }],
  };
  expect(panelOf(board, cpuUse)).toBe(
    dashboard(board, [explaining]).panels?.flatMap((row) => ('panels' in row ? row.panels : []))[0]?.id,
  );
  expect(() => panelOf(board, memoryUse)).toThrow('one: no panel draws "Memory in use"');
});

test('a tile leads to what explains it: on its own board if that has it, or on the first that does', () => {
  const panels = [{ width: 24, panel: stat(cpuUse, memoryUse) }];
  const rows = [{ title: 'Now', height: 4, panels }];
  const board = { uid: 'own', title: 'Own', description: 'One tile.', rows };
  const leading = (one: Board) => dashboard(one, [explaining]).panels?.[1] as { fieldConfig: { defaults: object } };
  const to = (url: string) => ({ links: [{ title: 'Memory in use', url: expect.stringContaining(url) }] });
  expect(leading(board).fieldConfig.defaults).toMatchObject(to('/d/explaining?viewPanel=panel-2&'));
  const both = { ...board, rows: [...rows, ...explaining.rows] };
  expect(leading(both).fieldConfig.defaults).toMatchObject(to('/d/own?viewPanel=panel-4&'));
  expect(() => dashboard(board, [board])).toThrow('own: no board draws "Memory in use", which a tile leads to');
});

test('a tile without a value is neither good nor bad', () => {
  expect(stat(cpuUse, memoryUse).panel.fieldConfig?.defaults).toMatchObject({
    noValue: 'Unknown',
    mappings: [{ type: 'special', options: { match: 'null+nan', result: { text: 'Unknown', color: 'text' } } }],
  });
});

test('a cell without a value is neither good nor bad', () => {
  const { panel } = table(cpuUse, { instance: 'Host' }, [{ name: 'CPU', signal: cpuUse }]);
  const column = panel.fieldConfig?.overrides.find(({ matcher }) => matcher.options === 'CPU');
  expect(column?.properties).toContainEqual({
    id: 'mappings',
    value: [
      expect.objectContaining({ options: expect.objectContaining({ result: { text: '–', color: 'text', index: 9 } }) }),
    ],
  });
});
