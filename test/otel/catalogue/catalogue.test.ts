// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { type CatalogueMetric, catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { genAi } from '../../../otel/src/catalogue/gen-ai-names.ts';
import type { LabelLimiter } from '../../../otel/src/limit/label-limiter.ts';
import { root } from '../helpers/preloaded.ts';

const sources = join(root, 'otel/src');
// In the project, whose packages the copies import.
mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache', 'catalogue-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the package's sources, in which the catalogue alone is another. */
function copyWith(name: string, change: (text: string) => string): string {
  const copy = join(folder, name);
  cpSync(sources, copy, { recursive: true });
  const file = join(copy, 'catalogue/catalogue.ts');
  const text = readFileSync(file, 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
  return copy;
}

function replaced(text: string, changes: readonly (readonly [string | RegExp, string])[]): string {
  return changes.reduce((before, [old, now]) => {
    const after = before.replace(old, now);
    if (after === before) throw new Error(`the catalogue has no ${old}`);
    return after;
  }, text);
}

/** Another boundary, value, limit, description, and a metric more. */
const changed = copyWith('changed', (text) =>
  replaced(text, [
    ['boundaries: [0.1, 0.5, 1, 1.5, 2, 5]', 'boundaries: [0.25, 7]'],
    ['model: { limit: 25 }', 'model: { limit: 2 }'],
    ["'Background tasks that ended, well or not.'", "'Tasks, as changed.'"],
    ["values: ['ingest', ", "values: ['translate', 'ingest', "],
    [
      'export const catalogue = {',
      "export const catalogue = { onyx_new_total: { kind: 'counter', description: 'New.', unit: '{x}', labels: {} },",
    ],
  ]),
);

/** The metrics whose names the catalogue decides, not a convention in development. */
const named = Object.entries<CatalogueMetric>(catalogue).filter(
  ([name]) => !Object.values<string>(genAi).includes(name),
);
const labelNames = new Set(named.flatMap(([, { labels }]) => Object.keys(labels)));

/** Every metric has another name. */
const otherMetrics = copyWith('metrics', (text) =>
  replaced(
    text,
    named.map(([name]) => [new RegExp(`^  (['"]?)${name}\\1: \\{`, 'm'), `  '${name}_': {`] as const),
  ),
);

/** Every label has. */
const otherLabels = copyWith('labels', (text) =>
  replaced(
    text,
    [...labelNames].map(
      (label) =>
        [
          new RegExp(`(['"]?)\\b${label}\\1: (?=\\{ (values|limit|\\.\\.\\.numbered)|boolean|numbered)`, 'g'),
          `'${label}_': `,
        ] as const,
    ),
  ),
);

writeFileSync(
  join(changed, 'use.ts'),
  `import { type MetricName, task } from './index.ts';
   export const name: MetricName = 'onyx_new_total';
   task.record(1, { taskType: 'translate', success: true });`,
);
const useOfToday = join(folder, 'use.ts');
writeFileSync(
  useOfToday,
  readFileSync(join(changed, 'use.ts'), 'utf8').replace('./index.ts', '../../otel/src/index.ts'),
);

const filesOf = (copy: string): string[] =>
  readdirSync(copy, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(copy, name));
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config,
  ts.sys,
  root,
);
const program = ts.createProgram([...filesOf(changed), ...filesOf(otherMetrics), ...filesOf(otherLabels), useOfToday], {
  ...options,
  noEmit: true,
  allowImportingTsExtensions: true,
});
const faults = (file: string): string[] =>
  program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));

describe('a change of the catalogue alone', () => {
  it('changes the views', async () => {
    const { catalogueViews } = await import(join(changed, 'sdk/views.ts'));
    const views: Record<string, unknown>[] = catalogueViews({ users: { show: String } });
    const view = (name: string) => views.find(({ instrumentName }) => instrumentName === name);
    expect(view('onyx_chat_duration_seconds')).toMatchObject({ aggregation: { options: { boundaries: [0.25, 7] } } });
    expect(view('onyx_task_completion_total')).toMatchObject({ description: 'Tasks, as changed.' });
    expect(view('onyx_new_total')).toBeDefined();
    const [limiter] = (view('onyx_chat_duration_seconds')?.attributesProcessors ?? []) as LabelLimiter[];
    const models = ['a', 'b', 'c'].map((model) => limiter?.process({ model, user_id: 'u', success: true }).model);
    expect(models).toEqual(['a', 'b', 'other']);
  });

  it('changes the reference', async () => {
    const { referencePage } = await import(join(changed, 'docs/reference-page.ts'));
    const page: string = referencePage();
    expect(page).toContain('boundaries `0.25` `7`');
    expect(page).toContain('Tasks, as changed.');
    expect(page).toContain('`translate` `ingest`');
    expect(page).toContain('### onyx_new_total');
  });

  it('changes the types, and what does not fit any more does not compile', () => {
    for (const file of filesOf(changed)) expect(faults(file)).toEqual([]);
    expect(faults(useOfToday)).toHaveLength(2);
  });
});

it.each([
  ['metric', otherMetrics, named.map(([name]) => name)],
  ['label', otherLabels, [...labelNames]],
])(
  'the name of a %s that stands in another file is checked there: it does not compile when it is changed',
  (_what, copy, names) => {
    // Words such as `status` and `model` mean other things as well.
    const words = new Set(names.filter((word) => /[._]/.test(word)));
    const using = filesOf(copy).filter((file) => {
      let uses = false;
      const visit = (node: ts.Node): void => {
        const isKey = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
        const word = isKey ? node.name : ts.isStringLiteral(node) ? node : undefined;
        uses ||= word !== undefined && 'text' in word && words.has(word.text);
        ts.forEachChild(node, visit);
      };
      visit(program.getSourceFile(file) as ts.Node);
      return uses && !file.endsWith('catalogue/catalogue.ts');
    });
    expect(using.length).toBeGreaterThan(2);
    expect(using.filter((file) => faults(file).length === 0)).toEqual([]);
  },
);

it('boundaries stand in the catalogue, and nowhere else', () => {
  for (const file of filesOf(sources).filter((name) => !name.endsWith('catalogue/catalogue.ts'))) {
    expect(readFileSync(file, 'utf8')).not.toMatch(/\[\s*[\d._e-]+\s*,\s*[\d._e-]+/);
  }
});

it('names of the GenAI conventions, which may still change, stand in one file', () => {
  const holding = ['otel/src', 'otel/examples', 'services'].flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs|cjs|js|py)$/.test(name) && !/(node_modules|dist)\//.test(name))
      .map((name) => join(place, name))
      .filter((file) => /['"`]gen_ai\.[\w.]+['"`]/.test(readFileSync(join(root, file), 'utf8'))),
  );
  expect(holding).toEqual(['otel/src/catalogue/gen-ai-names.ts']);
});

it('what is measured of the stages of retrieval says that no convention names it', () => {
  const stages = Object.entries<CatalogueMetric>(catalogue).filter(([name]) => /^onyx_rag_(?!retrieval_)/.test(name));
  expect(stages.length).toBeGreaterThan(3);
  for (const [, { description }] of stages) expect(description).toMatch(/\. No convention names it\.$/);
});
