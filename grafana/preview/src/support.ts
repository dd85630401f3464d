// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Dashboard, Panel } from './dashboard.ts';

/*
 * What the preview draws. Whatever a board asks for beyond it is told in the panel, and a test fails, so that nobody takes for
 * Grafana's drawing what lacks a part of it.
 */

const below = (group: string, names: readonly string[]) => names.map((name) => `${group}.${name}`);
const singleValue = ['orientation', 'reduceOptions', 'text'];

/** Options and custom field settings of each type; a name covers everything below it. */
const panelTypes: Readonly<
  Record<string, { readonly options: readonly string[]; readonly custom: readonly string[] }>
> = {
  timeseries: {
    options: [
      ...below('legend', ['showLegend', 'displayMode', 'placement', 'calcs', 'sortBy', 'sortDesc', 'width']),
      ...below('tooltip', ['mode', 'sort', 'hideZeros', 'maxWidth']),
    ],
    custom: [
      ...['drawStyle', 'lineInterpolation', 'lineWidth', 'lineStyle', 'fillOpacity', 'gradientMode', 'fillBelowTo'],
      ...['showPoints', 'pointSize', 'spanNulls', 'insertNulls', 'stacking', 'barAlignment', 'barWidthFactor'],
      ...['axisPlacement', 'axisLabel', 'axisColorMode', 'axisSoftMin', 'axisSoftMax', 'axisWidth', 'axisGridShow'],
      ...['axisBorderShow', 'axisCenteredZero', 'scaleDistribution', 'thresholdsStyle', 'hideFrom', 'lineColor'],
    ],
  },
  stat: {
    options: [
      ...singleValue,
      ...['colorMode', 'graphMode', 'justifyMode', 'textMode', 'wideLayout'],
      ...['showPercentChange', 'percentChangeColorMode'],
    ],
    custom: [],
  },
  bargauge: {
    options: [
      ...singleValue,
      ...['displayMode', 'showUnfilled', 'valueMode', 'namePlacement', 'sizing', 'minVizWidth', 'minVizHeight'],
      // Switched off by our boards, with the place it would have.
      ...['maxVizHeight', 'legend.displayMode', 'legend.placement'],
    ],
    custom: [],
  },
  table: {
    options: ['frameIndex', 'showHeader', 'showTypeIcons', 'cellHeight', 'sortBy', 'enablePagination', 'frozenColumns'],
    custom: ['align', 'width', 'minWidth', 'cellOptions', 'inspect', 'filterable', 'hideFrom', 'wrapText', 'footer'],
  },
  text: { options: ['mode', 'content'], custom: [] },
  'state-timeline': {
    options: [
      ...['showValue', 'mergeValues', 'rowHeight', 'alignValue', 'perPage', 'tooltip.mode', 'tooltip.sort'],
      ...below('legend', ['showLegend', 'displayMode', 'placement']),
    ],
    custom: ['fillOpacity', 'lineWidth', 'hideFrom'],
  },
};

const panelKeys = [
  ...['id', 'type', 'title', 'description', 'transparent', 'gridPos', 'datasource', 'targets', 'transformations'],
  ...['options', 'fieldConfig', 'interval', 'maxDataPoints', 'pluginVersion', 'repeatDirection'],
];
const fieldSettings = [
  ...['displayName', 'unit', 'decimals', 'min', 'max', 'fieldMinMax', 'noValue', 'color', 'mappings', 'thresholds'],
  ...['filterable', 'description'],
];
const matchers = ['byName', 'byNames', 'byRegexp', 'byType', 'byFrameRefID', 'byValue'];
const targetKeys = [
  ...['refId', 'expr', 'legendFormat', 'instant', 'range', 'format', 'interval', 'hide', 'datasource', 'editorMode'],
];
export const transformations = ['merge', 'organize', 'sortBy'];
const variableTypes = ['datasource', 'query', 'custom'];
const linkTypes = ['dashboards'];
/** Of options that have values beyond what is drawn. */
const optionValues: Readonly<Record<string, readonly unknown[]>> = {
  'text.mode': ['markdown', 'html', undefined],
  'state-timeline.legend.displayMode': ['list', 'hidden', undefined],
};

/** What a panel asks for and the preview does not draw, one phrase each. */
export function unsupportedInPanel(panel: Panel): string[] {
  const type = panelTypes[panel.type];
  if (type === undefined) return [`panels of type ${panel.type}`];
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const { custom = {}, ...standard } = defaults;
  const settings = [...fieldSettings, ...type.custom.map((name) => `custom.${name}`)];
  const found = [
    ...beyond(panelKeys, Object.keys(panel), 'panel setting'),
    ...beyond(type.options, leaves(panel.options ?? {}), 'option'),
    ...beyond(settings, [...Object.keys(standard), ...leaves(custom).map((name) => `custom.${name}`)], 'field setting'),
    ...beyond(
      settings,
      overrides.flatMap(({ properties }) => properties.map(({ id }) => id)),
      'override',
    ),
    ...beyond(
      matchers,
      overrides.map(({ matcher }) => matcher.id),
      'matcher',
    ),
    ...beyond(
      transformations,
      (panel.transformations ?? []).map(({ id }) => id),
      'transformation',
    ),
    ...(panel.targets ?? []).flatMap((target) => [
      ...beyond(targetKeys, Object.keys(target), 'query setting'),
      ...beyond(['time_series', 'table'], [target.format ?? 'time_series'], 'query format'),
      ...(target.instant && target.range ? ['a query that is both instant and range'] : []),
    ]),
    ...Object.entries(optionValues).flatMap(([path, known]) => {
      const [type, ...names] = path.split('.');
      const value = names.reduce<unknown>(
        (at, name) => (at as Record<string, unknown> | undefined)?.[name],
        panel.options,
      );
      return panel.type === type && !known.includes(value) ? [`${names.join('.')} ${value}`] : [];
    }),
  ];
  return [...new Set(found)];
}

/** What a board as a whole asks for and the preview does not draw, one phrase each. */
export function unsupportedOnBoard(board: Dashboard): string[] {
  const variables = board.templating?.list ?? [];
  return [
    ...beyond(
      variableTypes,
      variables.map(({ type }) => type),
      'variable of type',
    ),
    ...variables.flatMap((variable) =>
      variable.type === 'query' && (variable.regex || !labelQuery(variable))
        ? [`the query of variable ${variable.name}`]
        : [],
    ),
    ...(board.annotations?.list ?? []).flatMap(({ builtIn, name }) => (builtIn ? [] : [`annotation ${name}`])),
    ...beyond(
      linkTypes,
      (board.links ?? []).map(({ type = 'link' }) => type),
      'link of type',
    ),
  ];
}

/** The parts of `label_values(metric, label)`, the one kind of query a variable may have. */
export function labelQuery({ query, definition }: { query?: unknown; definition?: string }) {
  const text =
    typeof query === 'string' ? query : ((query as { query?: string } | undefined)?.query ?? definition ?? '');
  const [, selector, label] = /^\s*label_values\(\s*(?:(.+?)\s*,\s*)?([a-zA-Z_]\w*)\s*\)\s*$/.exec(text) ?? [];
  return label === undefined ? undefined : { selector, label };
}

function beyond(known: readonly string[], asked: readonly string[], kind: string): string[] {
  const covers = (name: string) => known.some((prefix) => name === prefix || name.startsWith(`${prefix}.`));
  return asked.filter((name) => !covers(name)).map((name) => `${kind} ${name}`);
}

/** The paths of everything set in a tree of settings; what is switched off or empty asks for nothing. */
function leaves(tree: object, path = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) => {
    if (value === null || value === undefined || value === false || value === '') return [];
    if (Array.isArray(value)) return value.length > 0 ? [`${path}${name}`] : [];
    return typeof value === 'object' ? leaves(value, `${path}${name}.`) : [`${path}${name}`];
  });
}
