// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Dashboard, Panel, Variable } from './dashboard.ts';

/*
 * The preview draws what our boards use. When a board asks for more, the panel says so and a test fails: an incomplete drawing must not
 * pass for Grafana's.
 */

interface Drawn {
  /** A name covers everything below it. */
  readonly options: readonly string[];
  /** Field settings that not every type draws. */
  readonly field?: readonly string[];
  /** Custom field settings. */
  readonly custom: readonly string[];
  /** Of options that have values beyond what is drawn. */
  readonly values?: Readonly<Record<string, readonly unknown[]>>;
}

const legend = ['legend.showLegend', 'legend.displayMode', 'legend.placement'];
const tooltip = ['tooltip.mode', 'tooltip.sort'];
const singleValue = ['orientation', 'reduceOptions', 'text'];

const panelTypes: Readonly<Record<string, Drawn>> = {
  timeseries: {
    options: [...legend, 'legend.calcs', 'legend.sortBy', 'legend.sortDesc', ...tooltip],
    custom: ['lineWidth', 'fillOpacity', 'showPoints', 'pointSize', 'stacking', 'thresholdsStyle', 'axisSoftMax'],
    values: { 'tooltip.mode': ['multi'] },
  },
  stat: {
    // The last one says how a change would be shown, which our boards switch off.
    options: [
      ...singleValue,
      ...['colorMode', 'graphMode', 'justifyMode', 'textMode', 'wideLayout', 'percentChangeColorMode'],
    ],
    field: ['links'],
    custom: [],
  },
  bargauge: {
    options: [
      ...[...singleValue, 'displayMode', 'showUnfilled', 'valueMode', 'namePlacement'],
      // The sizes are those of manual sizing; the legend is off, with the place it would have.
      ...['sizing', 'minVizWidth', 'minVizHeight', 'maxVizHeight', 'legend.displayMode', 'legend.placement'],
    ],
    custom: [],
    values: { sizing: ['auto', undefined] },
  },
  table: {
    options: ['showHeader', 'cellHeight', 'sortBy'],
    field: ['links'],
    custom: ['align', 'width', 'minWidth', 'cellOptions', 'inspect'],
  },
  text: { options: ['mode', 'content'], custom: [], values: { mode: ['markdown', undefined] } },
  'state-timeline': {
    options: [...legend, ...tooltip, 'showValue', 'mergeValues', 'rowHeight', 'alignValue', 'perPage'],
    custom: ['fillOpacity'],
    values: {
      'legend.displayMode': ['list', 'hidden', undefined],
      'tooltip.mode': ['multi'],
      mergeValues: [true, undefined],
      showValue: ['auto', undefined],
      alignValue: ['left', undefined],
    },
  },
};

const panelKeys = [
  ...['id', 'type', 'title', 'description', 'gridPos', 'datasource', 'targets', 'transformations', 'options'],
  ...['fieldConfig', 'pluginVersion', 'repeatDirection'],
];
const drawnOfAll = ['displayName', 'unit', 'decimals', 'min', 'max', 'noValue', 'color', 'mappings', 'thresholds'];
export const fieldSettings = [...drawnOfAll, 'links'];
const targetKeys = ['refId', 'expr', 'legendFormat', 'instant', 'range', 'format', 'hide', 'datasource', 'editorMode'];

/** What a panel asks for and the preview does not draw, one phrase each. */
export function unsupportedInPanel(panel: Panel): string[] {
  const type = panelTypes[panel.type];
  if (type === undefined) return [`panels of type ${panel.type}`];
  const { fieldConfig, options = {}, targets = [], transformations = [] } = panel;
  const { custom = {}, ...standard } = fieldConfig?.defaults ?? {};
  const overrides = fieldConfig?.overrides ?? [];
  const overridden = overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const matchers = overrides.map(({ matcher }) => matcher.id);
  const steps = transformations.map(({ id }) => id);
  const settings = [...drawnOfAll, ...(type.field ?? []), ...type.custom.map((name) => `custom.${name}`)];
  const found = [
    ...beyond('panel setting', panelKeys, leaves(panel, 0)),
    ...beyond('option', type.options, leaves(options)),
    ...beyond('field setting', settings, [...leaves(standard, 0), ...leaves(custom).map((name) => `custom.${name}`)]),
    ...beyond('override', settings, overridden),
    ...beyond('matcher', ['byName', 'byRegexp'], matchers),
    ...beyond('transformation', ['merge', 'organize', 'sortBy'], steps),
    ...targets.flatMap((target) => [
      ...beyond('query setting', targetKeys, leaves(target, 0)),
      ...beyond('query format', ['time_series', 'table'], [target.format ?? 'time_series']),
      ...(target.instant && target.range ? ['a query that is both instant and range'] : []),
    ]),
    ...Object.entries(type.values ?? {}).flatMap(([path, known]) => {
      const value = path.split('.').reduce<unknown>((at, name) => (at as typeof options | undefined)?.[name], options);
      return known.includes(value) ? [] : [`${path} ${value}`];
    }),
  ];
  return [...new Set(found)];
}

/** What a board as a whole asks for and the preview does not draw, one phrase each. */
export function unsupportedOnBoard({ templating, annotations, links }: Dashboard): string[] {
  const variables = templating?.list ?? [];
  const types = variables.map(({ type }) => type);
  const isDrawn = ({ type, hide, multi, includeAll, allValue, regex, sort, ...variable }: Variable) =>
    !hide &&
    (type !== 'interval' || typeof variable.query === 'string') &&
    (type !== 'query' || (multi && includeAll && allValue && !regex && sort === 1 && labelQuery(variable)));
  const isDrawnLink = ({ type, asDropdown, url, includeVars, keepTime }: NonNullable<typeof links>[number]) =>
    (type === 'dashboards' ? asDropdown : url?.startsWith('/d/')) && includeVars && keepTime;
  return [
    ...beyond('variable of type', ['datasource', 'interval', 'query'], types),
    ...variables.filter((variable) => !isDrawn(variable)).map(({ name }) => `the settings of variable ${name}`),
    // Those at times that are values are ours, and the reference says that Grafana alone draws them.
    ...(annotations?.list ?? [])
      .filter((one) => !one.builtIn && !('useValueForTime' in one))
      .map(({ name }) => `annotation ${name}`),
    ...(links ?? []).filter((link) => !isDrawnLink(link)).map(({ title }) => `link ${title}`),
  ];
}

/** The parts of `label_values(metric, label)`, the one kind of query a variable may have. */
export function labelQuery({ query }: Pick<Variable, 'query'>) {
  const text = typeof query === 'string' ? query : String(query?.query ?? '');
  const [, selector, label] = /^\s*label_values\(\s*(.+?)\s*,\s*([a-zA-Z_]\w*)\s*\)\s*$/.exec(text) ?? [];
  return selector === undefined ? undefined : { selector, label };
}

function beyond(kind: string, known: readonly string[], asked: readonly string[]): string[] {
  const covers = (name: string) => known.some((prefix) => name === prefix || name.startsWith(`${prefix}.`));
  return asked.filter((name) => !covers(name)).map((name) => `${kind} ${name}`);
}

/** The paths of everything set in a tree of settings; what is switched off or empty asks for nothing. */
function leaves(tree: object, depth = 9): string[] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) => {
    if (!value) return [];
    if (Array.isArray(value)) return value.length > 0 ? [name] : [];
    if (typeof value !== 'object' || depth === 0) return [name];
    return leaves(value, depth - 1).map((below) => `${name}.${below}`);
  });
}
