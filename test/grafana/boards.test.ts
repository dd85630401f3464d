// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { catalogue } from 'otel/catalogue';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { boardFiles } from '../../grafana/src/board-files.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'grafana/dashboards');

interface Target {
  readonly refId?: string;
  readonly expr: string;
  readonly legendFormat?: string;
}

interface Panel {
  readonly id?: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly min?: number;
      readonly max?: number;
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null; readonly color: string }[] };
    };
  };
  readonly options?: { readonly tooltip?: unknown };
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly refresh: string;
  readonly editable: boolean;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list?: unknown };
  readonly links: readonly object[];
}

const files = readdirSync(folder).map((name) => ({ name, content: readFileSync(path.join(folder, name), 'utf8') }));
const boards = files.map(({ name, content }) => ({ name, board: JSON.parse(content) as Dashboard }));
const panels = boards.flatMap(({ name, board }) =>
  board.panels
    .filter(({ type }) => type !== 'row')
    .map((panel) => ({ name: `${name}: ${panel.title} (${panel.type})`, panel })),
);
const targets = panels.flatMap(({ name, panel }) => (panel.targets ?? []).map((target) => ({ name, target })));

test('the committed boards are what `npm run generate` makes', () => {
  expect(new Map(files.map(({ name, content }) => [name, content]))).toEqual(boardFiles());
});

test('uid and title of every board are its own, and the file is called after the uid', () => {
  expect(new Set(boards.map(({ board }) => board.uid)).size).toBe(boards.length);
  expect(new Set(boards.map(({ board }) => board.title)).size).toBe(boards.length);
  for (const { name, board } of boards) expect(name).toBe(`${board.uid}.json`);
});

test.each(boards)('$name refreshes every 10 seconds and is changed in its source only', ({ board }) => {
  expect(board.refresh).toBe('10s');
  expect(board.editable).toBe(false);
});

test.each(boards)('$name has the lists and visible links that the SDK leaves out', ({ board }) => {
  expect(board.annotations.list).toEqual([]);
  for (const link of board.links) expect(link).not.toHaveProperty('placement');
});

test.each(boards)('$name gives each panel an id of its own', ({ board }) => {
  const ids = board.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toBeGreaterThan(0);
});

test.each(boards)('$name covers the grid without gaps or overlaps', ({ board }) => {
  const cells = new Set<string>();
  for (const { title, gridPos } of board.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(cells.has(`${x},${y}`), `${title} lies on another panel`).toBe(false);
        cells.add(`${x},${y}`);
      }
    }
  }
  const height = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  expect(cells.size).toBe(24 * height);
});

test.each(panels)('$name says its unit, its meaning in a sentence and why it may be empty', ({ panel }) => {
  expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
  expect(panel.description).toMatch(/\.$/);
  expect(panel.fieldConfig?.defaults.noValue).toBeTruthy();
});

test.each(panels)('$name asks the data source chosen on the board', ({ panel }) => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the board, not of JavaScript
  expect(panel.datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
});

test.each(panels)('$name has queries with ids of their own', ({ panel }) => {
  const ids = panel.targets?.map(({ refId }) => refId) ?? [];
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[A-Z]$/);
});

test('the axis of a share begins at 0 and ends at 1, unless it is one that should be small', () => {
  for (const { name, panel } of panels.filter(({ panel }) => panel.type === 'timeseries')) {
    const { unit, min, max, thresholds } = panel.fieldConfig?.defaults ?? {};
    const isSmall = thresholds?.steps.at(-1)?.color === 'red' && (thresholds.steps.at(-1)?.value ?? 1) < 0.5;
    if (unit === 'percentunit') expect([min, max], name).toEqual([0, isSmall ? undefined : 1]);
  }
});

test('every course shows all its lines in the tooltip, the highest first', () => {
  for (const { name, panel } of panels.filter(({ panel }) => panel.type === 'timeseries')) {
    expect(panel.options?.tooltip, name).toEqual({ mode: 'multi', sort: 'desc' });
  }
});

test('every rate looks back over $__rate_interval', () => {
  for (const { name, target } of targets) {
    const windows = [...target.expr.matchAll(/\brate\([^[]*\[([^\]]+)\]/g)].map(([, window]) => window);
    expect(
      windows.filter((window) => window !== '$__rate_interval'),
      name,
    ).toEqual([]);
  }
});

test('every label in a legend survives the grouping of its query', () => {
  for (const { name, target } of targets) {
    const kept = [...target.expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/));
    const shown = [...(target.legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(target.legendFormat, name).toBeTruthy();
    expect(
      shown.filter((label) => !kept.includes(label ?? '')),
      name,
    ).toEqual([]);
  }
});

test('a title or legend that names a quantile asks for that quantile', () => {
  for (const { name, panel } of panels.filter(({ panel }) => panel.type !== 'table')) {
    for (const { expr, legendFormat } of panel.targets ?? []) {
      const named = /^p(\d\d)$/.exec(legendFormat ?? '')?.[1] ?? /\bp(\d\d)\b/.exec(panel.title)?.[1];
      const asked = /histogram_quantile\((0\.\d+)/.exec(expr)?.[1];
      if (asked) expect(Number(asked), name).toBe(Number(`0.${named}`));
    }
  }
});

test('every onyx_ metric on a board is in the catalogue', () => {
  const emitted = Object.entries(catalogue).flatMap(([name, { kind }]) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  );
  for (const { name, target } of targets) {
    for (const [metric] of target.expr.matchAll(/\bonyx_\w+/g)) expect(emitted, name).toContain(metric);
  }
});

test('the data source is told the true scrape interval, for $__rate_interval is made from it', () => {
  const read = (file: string): unknown => parse(readFileSync(path.join(root, file), 'utf8'));
  const prometheus = read('collector-config/prometheus/prometheus.yml') as { global: { scrape_interval: string } };
  expect(read('grafana/provisioning/datasources/prometheus.yml')).toMatchObject({
    datasources: [{ type: 'prometheus', jsonData: { timeInterval: prometheus.global.scrape_interval } }, {}],
  });
});
