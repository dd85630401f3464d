// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { coreServices, type MetricName } from '@onyx-metrics/otel/catalogue';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { boardFiles } from '../../grafana/src/board-files.ts';
import { runbookOfRow } from '../../grafana/src/links.ts';
import * as dependencies from '../../grafana/src/signals/dependencies.ts';
import * as models from '../../grafana/src/signals/models.ts';
import { coloursOf, hueOf } from '../../grafana/src/style.ts';
import * as thresholds from '../../grafana/src/thresholds.ts';
import { known } from './known-series.ts';
import { examine } from './query.ts';

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
    readonly overrides?: readonly {
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
    readonly defaults: {
      readonly links?: readonly Link[];
      readonly unit?: string;
      readonly noValue?: string;
      readonly min?: number;
      readonly max?: number;
      readonly mappings?: unknown;
      readonly color?: { readonly mode: string };
      readonly custom?: { readonly stacking?: { readonly mode: string } };
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null; readonly color: string }[] };
    };
  };
  readonly options?: { readonly tooltip?: unknown; readonly legend?: { readonly placement?: string } };
  readonly transformations?: readonly object[];
  /** Of a row only. */
  readonly collapsed?: boolean;
  readonly panels?: readonly Panel[];
}

interface Link {
  readonly title: string;
  readonly url: string;
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly refresh: string;
  readonly editable: boolean;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly target: { readonly expr: string } }[] };
  readonly links: readonly {
    readonly asDropdown?: boolean;
    readonly keepTime?: boolean;
    readonly includeVars?: boolean;
    readonly url?: string;
  }[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly label?: string }[];
  };
}

const files = readdirSync(folder).map((name) => ({ name, content: readFileSync(path.join(folder, name), 'utf8') }));
const boards = files.map(({ name, content }) => ({ name, board: JSON.parse(content) as Dashboard }));
const inside = ({ panels }: Dashboard) => panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const panels = boards.flatMap(({ name, board }) =>
  inside(board)
    .filter(({ type }) => type !== 'row')
    .map((panel) => ({ name: `${name}: ${panel.title} (${panel.type})`, panel })),
);
const targets = panels.flatMap(({ name, panel }) => (panel.targets ?? []).map((target) => ({ name, target })));

test('the committed boards are what `npm run generate` makes', () => {
  expect(new Map(files.map(({ name, content }) => [name, content]))).toEqual(boardFiles());
});

test('uid and title of every board are its own, and the file is called after the uid', () => {
  expect(new Set(boards.map(({ board }) => board.title)).size).toBe(boards.length);
  for (const { name, board } of boards) expect(name).toBe(`${board.uid}.json`);
});

test('the five boards have the uids that bookmarks and alerts hang on', () => {
  expect(boards.map(({ board }) => board.uid)).toEqual([
    'application-performance',
    'infrastructure-health',
    'llm-metrics',
    'rag-performance',
    'system-overview',
  ]);
});

test('every board refreshes every 10 seconds and is changed in its source only', () => {
  for (const { board } of boards) expect(board).toMatchObject({ refresh: '10s', editable: false });
});

test('every board opens with a time that a platform fills within minutes of its start', () => {
  for (const { board } of boards) expect(board).toMatchObject({ time: { from: 'now-15m', to: 'now' } });
});

test('a timeline takes its colours from the texts of its states, or Grafana would show bounds instead', () => {
  const timelines = panels.filter(({ panel }) => panel.type === 'state-timeline');
  expect(timelines).not.toEqual([]);
  for (const { name, panel } of timelines) {
    const { color, mappings } = panel.fieldConfig?.defaults ?? {};
    expect(color?.mode, name).toBe('fixed');
    expect(JSON.stringify(mappings), name).toMatch(/"type":"value".*"color"/);
  }
});

test('every board leads to the others with the time and the variables chosen', () => {
  for (const { name, board } of boards) {
    expect(board.links[0], name).toMatchObject({ asDropdown: true, keepTime: true, includeVars: true });
    for (const link of board.links) {
      expect(link, name).toMatchObject({ keepTime: true, includeVars: true });
      // The SDK hides a link in a menu, and leaves out the list.
      expect(link, name).not.toHaveProperty('placement');
    }
  }
});

test('every board marks where a service started, at the time that the series itself says', () => {
  for (const { name, board } of boards) {
    const [starts, ...others] = board.annotations.list;
    expect(others, name).toEqual([]);
    expect(starts, name).toMatchObject({ enable: true, useValueForTime: true, titleFormat: '{{service}} {{version}}' });
    // Grafana takes milliseconds.
    const { labels, metrics, faults } = examine(starts?.target.expr ?? '', known);
    expect([faults, metrics], name).toEqual([[], ['onyx:service_start_time_seconds']]);
    expect(starts?.target.expr, name).toMatch(/^1000 \* /);
    expect([...labels.keys()].toSorted(), name).toEqual(['service', 'version']);
  }
});

test('the boards of models and of retrieval lead to the panel that compares what Onyx depends on', () => {
  const compared = panels.find(({ panel }) => panel.title === 'Dependencies compared')?.panel.id;
  const leading = boards.filter(({ board }) => board.links.length > 1);
  expect(leading.map(({ board }) => [board.uid, board.links[1]?.url])).toEqual(
    ['llm-metrics', 'rag-performance'].map((uid) => [
      uid,
      `/d/application-performance?viewPanel=${compared}&var-service=onyx`,
    ]),
  );
});

const linksOf = ({ fieldConfig }: Panel): Link[] => [
  ...(fieldConfig?.defaults.links ?? []),
  ...(fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
    properties.flatMap(({ id, value }) => (id === 'links' ? (value as Link[]) : [])),
  ),
];

// What Grafana replaces by the time and the variables of the board that is left.
const kept = String.raw`&\$\{__url_time_range}&\$\{__all_variables}$`;

test('a click on any tile leads to one thing that explains it', () => {
  const tiles = panels.filter(({ panel }) => panel.type === 'stat');
  expect(tiles.length).toBeGreaterThan(20);
  for (const { name, panel } of tiles) expect(linksOf(panel), name).toHaveLength(1);
});

test('no link of a panel leads nowhere, and those to boards keep the time and what was chosen', () => {
  const there = new Map(boards.map(({ board }) => [board.uid, inside(board)]));
  for (const { name, panel } of panels) {
    for (const { title, url } of linksOf(panel)) {
      const [, uid, id] = new RegExp(String.raw`^/d/([\w-]+)\?viewPanel=panel-(\d+)${kept}`).exec(url) ?? [];
      const target = there.get(uid ?? '')?.find((one) => String(one.id) === id);
      if (target) {
        expect(target.type, `${name}: ${url}`).not.toBe('row');
        expect(target.id === panel.id && there.get(uid ?? '')?.includes(panel), `${name} leads to itself`).toBe(false);
      } else if (url.startsWith('/public/')) {
        expect(url, name).toBe(runbookOfRow('Alert'));
      } else {
        expect(url, name).toMatch(new RegExp(String.raw`^/d/\$\{__data.fields.board}\?var-service=.*${kept}`));
        const named = [...(panel.targets?.[0]?.expr ?? '').matchAll(/"board", "([^"]+)", "service", "([^"]+)"/g)];
        expect(named.flatMap(([, , services = '']) => services.split('|')).toSorted(), name).toEqual(
          [...coreServices].toSorted(),
        );
        for (const [, board = ''] of named) expect([...there.keys()], name).toContain(board);
      }
      expect(title, name).not.toBe('');
    }
  }
});

test('every panel and row has an id of its own', () => {
  for (const { name, board } of boards) {
    const ids = inside(board).map(({ id }) => id);
    expect(ids, name).toEqual(ids.map((_, index) => index + 1));
  }
});

test('panels cover the 24 columns of the grid without gaps or overlaps', () => {
  for (const { name, board } of boards) {
    fills(board.panels, name);
    for (const row of board.panels) if (row.panels?.length) fills(row.panels, `${name}: ${row.title}`);
  }
});

/** Fails unless the panels fill every cell between the highest and the lowest of them exactly once. */
function fills(panels: readonly Panel[], name: string): void {
  const cells = new Set<string>();
  for (const { title, gridPos } of panels) {
    expect(gridPos.x + gridPos.w, `${name}: ${title} leaves the grid`).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(cells.has(`${x},${y}`), `${name}: ${title} lies on another panel`).toBe(false);
        cells.add(`${x},${y}`);
      }
    }
  }
  const top = Math.min(...panels.map(({ gridPos }) => gridPos.y));
  const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  expect(cells.size, name).toBe(24 * (bottom - top));
}

test('panels are of the six types that the preview draws', () => {
  const types = new Set(panels.map(({ panel }) => panel.type));
  expect(['timeseries', 'stat', 'bargauge', 'table', 'text', 'state-timeline']).toEqual(
    expect.arrayContaining([...types]),
  );
});

test('every panel has a unit', () => {
  for (const { name, panel } of panels) expect(panel.fieldConfig?.defaults.unit, name).toBeTruthy();
});

/** Words that send a reader back to the beginning of a sentence, by the project's rules for texts. */
const riddles = /nineteen of twenty|whoever|nobody|somebody|\bthe former\b|\banew\b|\bdear\b|\bbeside\b|: [^.]*: /i;

test('every panel says in two short sentences what it is and what to do', () => {
  for (const { name, panel } of panels) {
    const [text = ''] = (panel.description ?? '').split('\n\n');
    const sentences = text.split(/(?<=\.) (?=[A-Z])/);
    expect(sentences, name).toHaveLength(2);
    for (const sentence of sentences) {
      expect(sentence, name).toMatch(/^[A-Z].{10,}[^.]\.$/);
      expect(sentence.split(' ').length, `${name}: ${sentence}`).toBeLessThanOrEqual(26);
    }
    expect(text, name).not.toMatch(riddles);
  }
});

test('a tile says over which time its value is taken, in its description', () => {
  for (const { name, panel } of panels.filter(({ panel }) => panel.type === 'stat')) {
    const looksBack = panel.targets?.some(({ expr }) => expr.includes('$window'));
    if (looksBack) expect(panel.description, name).toContain('$window');
  }
});

test('every panel says why it may be empty, a small one in three words and at length in its description', () => {
  for (const { name, panel } of panels) {
    const text = panel.fieldConfig?.defaults.noValue ?? '';
    expect(text, name).not.toBe('');
    if (panel.type !== 'stat' && panel.type !== 'state-timeline') continue;
    expect(text.split(' ').length, name).toBeLessThanOrEqual(3);
    expect(panel.description, name).toContain('\n\nWithout a value: ');
  }
});

// In a browser, where one is, by test/preview/boards.test.ts.
test('the title of a panel fits into its width where Grafana, with its menu open, leaves 1060 pixels', () => {
  for (const { name, panel } of panels) expect(panel.title.length, name).toBeLessThanOrEqual(panel.gridPos.w * 5 - 4);
});

test('every panel asks the data source chosen on the board', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the board, not of JavaScript
  for (const { name, panel } of panels) expect(panel.datasource?.uid, name).toBe('${datasource}');
  for (const { board } of boards) expect(board.templating.list[0]).toMatchObject({ type: 'datasource' });
});

test('the queries of a panel have the ids A, B, C, …', () => {
  for (const { name, panel } of panels) {
    const ids = panel.targets?.map(({ refId }) => refId).join('');
    expect(ids, name).toBe('ABCDEFGH'.slice(0, panel.targets?.length));
    expect(ids, name).not.toBe('');
  }
});

test('every variable of a board is used on it', () => {
  for (const { name, board } of boards) {
    for (const variable of board.templating.list.filter(({ type }) => type !== 'datasource')) {
      expect(JSON.stringify(board.panels), name).toContain(`$${variable.name}`);
    }
  }
});

test('every variable in a query is one of its board', () => {
  for (const { name, board } of boards) {
    const known = board.templating.list.map((variable) => variable.name);
    const exprs = inside(board).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    for (const [, used] of exprs.join(' ').matchAll(/\$(?!\d)\{?(\w+)/g)) expect(known, name).toContain(used);
  }
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

test('a legend stands beside the plot only where the panel is wide enough for both', () => {
  for (const { name, panel } of panels) {
    if (panel.options?.legend?.placement === 'right') expect(panel.gridPos.w, name).toBeGreaterThanOrEqual(12);
  }
});

test('every rate looks back over the window of its board, whatever the width of its panel', () => {
  for (const { name, target } of targets) {
    const windows = [...target.expr.matchAll(/\b(?:rate|(?:avg|sum)_over_time)\([^[]*\[([^\]]+)\]/g)].map(
      ([, window]) => window,
    );
    expect(new Set(windows), name).toEqual(new Set(windows.length > 0 ? ['$window'] : []));
    expect(target.expr, name).not.toMatch(/\$__/);
  }
});

test('the quantile in a legend, column or title is the one that is asked for', () => {
  for (const { name, panel } of panels) {
    for (const { refId, expr, legendFormat = '' } of panel.targets ?? []) {
      const asked = /histogram_quantile\((0\.\d+)/.exec(expr)?.[1];
      const column = JSON.stringify(panel.transformations ?? []).match(`"Value #${refId}":"([^"]*)"`)?.[1];
      const said = [legendFormat, column ?? '', panel.title].map((text) => /\bp(\d\d)\b/.exec(text)?.[1]).find(Boolean);
      if (asked) expect(Number(asked), name).toBe(Number(`0.${said}`));
      else if (/^p\d\d$/.test(legendFormat)) expect.unreachable(name);
    }
  }
});

test('a quantile at the end of its scale is shown as more than that', () => {
  for (const { name, panel } of panels) {
    if (panel.type === 'table' || !panel.targets?.some(({ expr }) => expr.includes('histogram_quantile('))) continue;
    const texts = JSON.stringify(panel.fieldConfig?.defaults.mappings);
    expect(texts, name).toMatch(/"from":[\d.]+,"to":null,"result":\{"text":"> [\d.]+ s"/);
  }
});

test('a quantile of values that all lie between two boundaries is shown as these two', () => {
  const asked = (title: string) => {
    const found = panels.find(({ panel }) => panel.title === title);
    const mappings = (found?.panel.fieldConfig?.defaults.mappings ?? []) as Mapping[];
    return (value: number) =>
      mappings.find(({ options: { from, to } }) => from !== undefined && value >= from && value <= (to ?? value))
        ?.options.result?.text;
  };
  // What Prometheus says of any number of values in one bucket: that far between its ends.
  const chats = asked('Chat p95');
  expect(chats(0.5 + 0.95 * (1 - 0.5))).toBe('0.5–1 s');
  expect(chats(0.95 * 0.1)).toBe('0–100 ms');
  expect(chats(0.1 + 0.95 * (0.5 - 0.1) * (1 + 1e-14))).toBe('100–500 ms');
  expect(chats(7)).toBe('> 5 s');
  expect(chats(0.97)).toBeUndefined();
  const requests = asked('Request duration');
  for (const q of [0.5, 0.95, 0.99]) expect(requests(2 + q * (2.5 - 2))).toBe('2–2.5 s');
});

interface Mapping {
  readonly options: {
    readonly from?: number;
    readonly to?: number | null;
    readonly result?: { readonly text: string };
  };
}

test('colours are those of the style, and limits those of the thresholds', () => {
  const palette = /^(super-light-|light-|semi-dark-|dark-)?(green|orange|red|blue|purple|yellow)$|^text$/;
  for (const { name, content } of files) {
    for (const [, colour] of content.matchAll(/"(?:color|fixedColor)": "([^"]*)"/g))
      expect(colour, name).toMatch(palette);
  }
  const limits = Object.values(thresholds).flatMap((limit) => (typeof limit === 'object' ? Object.values(limit) : []));
  for (const { name, panel } of panels) {
    for (const { value } of panel.fieldConfig?.defaults.thresholds?.steps ?? []) {
      if (value !== null) expect(limits, name).toContain(value);
    }
  }
});

test('the lines of limits are orange where a value becomes remarkable and red where it becomes bad, also when low is bad', () => {
  const pairs = Object.values(thresholds).filter((limit) => typeof limit === 'object');
  const plots = panels.filter(({ panel }) => panel.type === 'timeseries');
  for (const { name, panel } of plots) {
    const [, ...steps] = panel.fieldConfig?.defaults.thresholds?.steps ?? [];
    if (steps.length === 0) continue;
    const at = (colour: string) => steps.find(({ color }) => color === colour)?.value;
    expect(pairs, name).toContainEqual({ warning: at('orange'), critical: at('red') });
  }
});

test('a value is green where it is good, and red where it is bad, also when low is bad', () => {
  const pairs = Object.values(thresholds).filter((limit) => typeof limit === 'object');
  const steps = panels.flatMap(({ name, panel: { type, fieldConfig } }) =>
    [fieldConfig?.defaults.thresholds, ...(fieldConfig?.overrides ?? []).flatMap(thresholdsOf)].flatMap((limits) =>
      type === 'timeseries' || (limits?.steps.length ?? 0) < 2 ? [] : [{ name, steps: limits?.steps ?? [] }],
    ),
  );
  expect(steps.length).toBeGreaterThan(20);
  for (const {
    name,
    steps: [lowest, middle, highest],
  } of steps) {
    const isLowBad = lowest?.color === 'red';
    expect(
      [lowest, middle, highest].map((step) => step?.color),
      name,
    ).toEqual(isLowBad ? ['red', 'orange', 'green'] : ['green', 'orange', 'red']);
    const [warning, critical] = isLowBad ? [highest?.value, middle?.value] : [middle?.value, highest?.value];
    expect(pairs, name).toContainEqual({ warning, critical });
  }
  expect(steps.map(({ steps }) => steps.map(({ color, value }) => [color, value]))).toContainEqual([
    ['red', null],
    ['orange', thresholds.budgetLeft.critical],
    ['green', thresholds.budgetLeft.warning],
  ]);
});

type Limits = NonNullable<NonNullable<Panel['fieldConfig']>['defaults']['thresholds']>;

function thresholdsOf({ properties }: { readonly properties: readonly { id: string; value: unknown }[] }): Limits[] {
  return properties.flatMap(({ id, value }) => (id === 'thresholds' ? [value as Limits] : []));
}

/** One event counts in several of its series. */
const overlapping: readonly MetricName[] = ['onyx_gen_ai_unknown_total'];

test('what is stacked are parts of one whole, none of which is in another', () => {
  const stacks = panels.filter(({ panel }) => panel.fieldConfig?.defaults.custom?.stacking?.mode === 'normal');
  expect(stacks.length).toBeGreaterThan(5);
  for (const { name, panel } of stacks) {
    const parts = (panel.targets ?? []).map(({ expr }) => {
      expect(expr, name).not.toMatch(/quantile|max |min |avg |topk/);
      for (const metric of overlapping) expect(expr, name).not.toContain(metric);
      return Object.fromEntries([...expr.matchAll(/(\w+)="([^"$]*)"/g)].map(([, label, value]) => [label, value]));
    });
    for (const [index, part] of parts.entries())
      for (const other of parts.slice(index + 1))
        expect(
          Object.keys(part).some((label) => other[label] !== undefined && other[label] !== part[label]),
          `${name}: ${JSON.stringify(part)} and ${JSON.stringify(other)}`,
        ).toBe(true);
  }
});

test('a graph on a board has the limits of the tile that shows the same', () => {
  const limitsOf = ({ fieldConfig }: Panel) =>
    (fieldConfig?.defaults.thresholds?.steps ?? []).flatMap(({ value }) => value ?? []).sort((a, b) => a - b);
  for (const { board } of boards) {
    const shown = inside(board);
    for (const tile of shown.filter((panel) => panel.type === 'stat' && limitsOf(panel).length > 0)) {
      const asked = tile.targets?.map(({ expr }) => expr) ?? [];
      const graphs = shown.filter(
        ({ type, targets }) => type === 'timeseries' && targets?.some(({ expr }) => asked.includes(expr)),
      );
      for (const graph of graphs)
        expect(limitsOf(graph), `${graph.title} beside ${tile.title}`).toEqual(limitsOf(tile));
    }
  }
});

test('what is counted in ones has a unit that is right for one', () => {
  for (const { name, panel } of panels.filter(({ panel }) => panel.type === 'timeseries'))
    expect(panel.fieldConfig?.defaults.unit, name).not.toMatch(/^suffix:\w+s$/);
});

test('a call has the colour of the service that is called, and no two services have one', () => {
  const colours = coloursOf(dependencies.callLatency);
  const called = coreServices.map((service) => colours[`/→ ${service}\\b/`]);
  expect(new Set(called.filter(Boolean)).size).toBe(coreServices.length);
});

test('each model of the demonstration has a colour of its own', () => {
  const { model_list: deployments } = parse(readFileSync(path.join(root, 'services/litellm/config.yaml'), 'utf8'), {
    merge: true,
  }) as { model_list: { model_name: string }[] };
  const names = [...new Set([...deployments.map(({ model_name }) => model_name), 'mock-retired'])];
  const colours = coloursOf(models.callRate);
  const colourOf = (name: string) =>
    Object.entries(colours).findLast(([pattern]) => new RegExp(pattern.slice(1, -1)).test(name))?.[1] ??
    hueOf(models.callRate);
  expect(new Set(names.map(colourOf)).size, names.join(', ')).toBe(names.length);
});

test('a panel says which choices of its board do not act on it', () => {
  for (const { name, board } of boards) {
    for (const variable of board.templating.list.filter(({ type }) => type === 'query')) {
      for (const panel of inside(board).filter(({ type }) => type !== 'row')) {
        const acts = panel.targets?.some(({ expr }) => expr.includes(`$${variable.name}`));
        const said = new RegExp(`Not narrowed by .*\\b${variable.label}\\b`).test(panel.description ?? '');
        expect(said, `${name}: ${panel.title} and ${variable.label}`).toBe(!acts);
      }
    }
  }
});

test('the data source is told the true scrape interval, so that no step is finer', () => {
  const read = (file: string): unknown => parse(readFileSync(path.join(root, file), 'utf8'));
  const prometheus = read('collector-config/prometheus/prometheus.yml') as { global: { scrape_interval: string } };
  expect(read('grafana/provisioning/datasources/prometheus.yml')).toMatchObject({
    datasources: [{ type: 'prometheus', jsonData: { timeInterval: prometheus.global.scrape_interval } }, {}],
  });
});
