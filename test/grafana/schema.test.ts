// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import schema from '@grafana/schema/package.json' with { type: 'json' };
import ts from 'typescript';
import { expect, test } from 'vitest';

/*
 * Grafana publishes what its JSON looks like as the types of @grafana/schema, in the version its preview draws with. The compiler
 * holds the boards against them: a setting it does not know, or of the wrong kind, is an error.
 */

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'grafana/dashboards');

const plugin = (name: string, file: string) =>
  `@grafana/schema/dist/esm/raw/composable/${name}/panelcfg/x/${file}PanelCfg_types.gen`;
const plugins: Readonly<Record<string, string>> = {
  timeseries: plugin('timeseries', 'TimeSeries'),
  stat: plugin('stat', 'Stat'),
  bargauge: plugin('bargauge', 'BarGauge'),
  table: plugin('table', 'Table'),
  text: plugin('text', 'Text'),
  'state-timeline': plugin('statetimeline', 'StateTimeline'),
};
/** Types that have settings of their own for each field. */
const withFields = ['timeseries', 'table', 'state-timeline'];

interface Panel {
  readonly type: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly object[];
  readonly options?: object;
  readonly fieldConfig?: { readonly defaults: { readonly custom?: object } };
}

/** Enumerations are their values in JSON, and nothing has to be there that Grafana fills in. */
const prelude = `
import type { AnnotationQuery, Dashboard, DataQuery, Panel, RowPanel, VariableModel } from '@grafana/schema';
// Its own queries Prometheus' data source does not publish.
// Nor do the types have what Grafana reads of a variable that is an interval.
interface Interval { auto: boolean; auto_count: number; auto_min: string }
type Board = Omit<Dashboard, 'panels' | 'templating' | 'annotations'> & {
  templating: { list: (VariableModel & Interval)[] };
  annotations: { list: (Omit<AnnotationQuery, 'target'> & Marker & { target: Query })[] };
};
// What its data source reads of an annotation.
interface Marker { useValueForTime: boolean; titleFormat: string; textFormat: string; tagKeys: string }
interface Query extends DataQuery { expr: string; legendFormat: string; instant: boolean; range: boolean; format: 'table' }
type Json<T> = unknown extends T ? T
  : T extends string ? (string extends T ? string : \`\${T}\`)
  : T extends number ? (number extends T ? number : \`\${T}\` extends \`\${infer N extends number}\` ? N : T)
  : T extends boolean | null | undefined ? T
  : T extends readonly (infer E)[] ? Json<E>[]
  : { [K in keyof T]?: Json<T[K]> };
`;

/** What the compiler says of a board, one line each. */
function complaints(board: { readonly panels: readonly Panel[] }): string[] {
  const panels = board.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter(({ type }) => type !== 'row');
  const types = [...new Set(panels.map(({ type }) => type))];
  const name = (type: string) => type.replaceAll('-', '_');
  const literal = (type: string, value: unknown) => `({} as (_: Json<${type}>) => void)(${JSON.stringify(value)});`;
  const source = [
    prelude,
    ...types.map((type) => `import type * as ${name(type)} from '${plugins[type] ?? `no published type ${type}`}';`),
    // Panels are looked at one by one, below: a union of all of them would be reported as a whole.
    literal('Board', { ...board, panels: undefined }),
    ...board.panels.flatMap((panel) =>
      panel.type === 'row' ? [literal("Omit<RowPanel, 'panels'>", { ...panel, panels: undefined })] : [],
    ),
    ...panels.flatMap(({ targets = [], ...panel }) => [
      literal('Panel', panel),
      literal(`${name(panel.type)}.Options`, panel.options ?? {}),
      ...(withFields.includes(panel.type)
        ? [literal(`${name(panel.type)}.FieldConfig`, panel.fieldConfig?.defaults.custom ?? {})]
        : []),
      ...targets.map((target) => literal('Query', target)),
    ]),
  ].join('\n');
  return compiled(source);
}

/** Of Grafana's files, which every board is held against. */
const parsed = new Map<string, ts.SourceFile | undefined>();

function compiled(source: string): string[] {
  const file = path.join(root, 'test/grafana/held-against-the-schema.ts');
  const options: ts.CompilerOptions = {
    ...{ noEmit: true, strict: true, skipLibCheck: true, types: [], lib: ['lib.es2023.d.ts'] },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    if (name === file) return ts.createSourceFile(name, source, ts.ScriptTarget.ES2023);
    if (!parsed.has(name)) parsed.set(name, getSourceFile(name, ...rest));
    return parsed.get(name);
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

test('the published types are those of Grafana 13', () => {
  expect(schema.version).toMatch(/^13\./);
});

test.each(readdirSync(folder))('%s is what Grafana 13 expects', (name) => {
  expect(complaints(JSON.parse(readFileSync(path.join(folder, name), 'utf8')))).toEqual([]);
});

test.each([
  ['a setting of a board', { refresh: 10 }, undefined],
  ['an option', {}, { options: { glow: true } }],
  ['the value of an option', {}, { options: { legend: { displayMode: 'sideways' } } }],
  ['a setting of fields', {}, { fieldConfig: { defaults: { custom: { lineWidth: 'thick' } } } }],
  ['a setting of a panel', {}, { colour: 'red' }],
  ['a query without PromQL in it', {}, { targets: [{ refId: 'A', expr: 1 }] }],
])('%s that Grafana does not know is refused', (_, settings, panel) => {
  const panels = panel ? [{ type: 'timeseries', ...panel }] : [];
  expect(complaints({ ...settings, panels })).toHaveLength(1);
});
