// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { boards } from '../../grafana/src/board-files.ts';
import { signalsOf } from '../../grafana/src/dashboard.ts';
import { alertList } from '../../grafana/src/signals/services.ts';
import { known, rules } from './known-series.ts';
import { examine } from './query.ts';

const queries = boards.flatMap((board) =>
  signalsOf(board).flatMap(({ title, queries }) =>
    queries.map((query) => ({ name: `${board.uid}: ${title}`, ...query })),
  ),
);

test('every query of every panel parses and names known series, labels and values only', () => {
  expect(queries.length).toBeGreaterThan(100);
  expect(queries.flatMap(({ name, expr }) => examine(expr, known).faults.map((fault) => `${name}: ${fault}`))).toEqual(
    [],
  );
});

test('every query that may be empty for want of traffic or history says when it must not be, in known names', () => {
  const conditions = boards.flatMap(signalsOf).flatMap(({ title, empty, queries }) =>
    queries.map((query) => ({
      title,
      because: query.empty ?? empty.because,
      unless: query.empty === undefined ? empty.unless : query.unless,
    })),
  );
  for (const { title, because, unless } of conditions) {
    expect(unless !== undefined, title).toBe(because === 'traffic' || because === 'history');
    if (unless !== undefined) expect(examine(unless, known).faults, title).toEqual([]);
  }
});

test('every variable of every board asks for a label that its series has', () => {
  for (const { uid, variables = [] } of boards) {
    for (const { series, of } of variables) {
      const { labels, faults } = examine(series, known);
      expect(faults, uid).toEqual([]);
      expect([...labels.keys()], uid).toContain(of);
    }
  }
});

test('every rule and alert parses and names known series, labels and values only', () => {
  const faults = rules.flatMap(({ record, alert, expr }) =>
    examine(expr, known).faults.map((fault) => `${record ?? alert}: ${fault}`),
  );
  expect(faults).toEqual([]);
});

test('every label in a legend survives the grouping of its query', () => {
  for (const { name, expr, legend } of queries) {
    const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(legend, name).not.toBe('');
    expect([...examine(expr, known).labels.keys()], name).toEqual(expect.arrayContaining(shown));
  }
});

test('every line of a panel can be told from the others by its legend', () => {
  for (const { name, expr, legend } of queries) {
    const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    // The labels that lead or that a link needs follow from another one: they tell no two lines apart.
    const kept = [...examine(expr, known).labels.keys()].filter((label) => !['first', 'board'].includes(label));
    expect(shown, name).toEqual(expect.arrayContaining(kept));
  }
});

test('a line that is named after what can be chosen on its board is one of those chosen', () => {
  for (const board of boards) {
    const read = queries.filter(({ name }) => name.startsWith(`${board.uid}: `));
    const choices = new Map(
      read.flatMap(({ expr }) => [...expr.matchAll(/(\w+)=~"(\$\w+)"/g)].map(([filter, label]) => [label, filter])),
    );
    for (const { name, expr, legend } of read) {
      for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
        // Or it stands for another label, which is.
        const [, origin = label] = new RegExp(`"${label}", "\\$1", "(\\w+)"`).exec(expr) ?? [];
        expect(expr, name).toContain(choices.get(origin) ?? '');
      }
    }
  }
});

test('every label in the text of an alert is one its expression keeps', () => {
  for (const { alert, expr, annotations = {} } of rules.filter((rule) => rule.alert)) {
    const shown = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    expect([...examine(expr, known).labels.keys()], alert).toEqual(expect.arrayContaining(shown));
  }
});

test('the list of alerts tells apart all that the text of an alert tells apart', () => {
  const texts = rules.map(({ annotations = {} }) => JSON.stringify(annotations)).join();
  const told = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
  expect([...examine(alertList.queries[0].expr, known).labels.keys()]).toEqual(expect.arrayContaining(told));
});

test('no boundary of a histogram is written as an integer, which would match nothing', () => {
  const all = [...queries.map(({ expr }) => expr), ...rules.map(({ expr }) => expr)];
  for (const expr of all) expect(expr).not.toMatch(/\ble=~?"\d+"/);
});

test('nothing fakes data: no vector(0), no absent()', () => {
  for (const { name, expr } of queries) expect(expr, name).not.toMatch(/\b(vector|absent|absent_over_time)\s*\(/);
});

test.each([
  ['sum by (model (x)', 'does not parse'],
  ['onyx_unheard_of', 'unknown metric onyx_unheard_of'],
  ['onyx_active_agents{colour="red"}', 'onyx_active_agents has no label colour'],
  ['onyx_active_agents{status="asleep"}', 'status of onyx_active_agents is never asleep'],
  ['onyx_active_agents{status=~"running|asleep"}', 'status of onyx_active_agents is never asleep'],
  ['onyx_chat_duration_seconds_bucket{le="5"}', 'le of onyx_chat_duration_seconds_bucket is never 5'],
  ['sum by (mood) (onyx_active_agents)', 'groups by mood'],
  ['histogram_quantile(0.5, sum by (model) (onyx_chat_duration_seconds_bucket))', 'a quantile of buckets without le'],
  ['label_replace(sum(up), "a", "$1", "b", "(.*)")', 'replaces b, which is not there'],
  ['sum(up) / on (service) max by (service) (up)', 'matches by service, which one side does not have'],
])('%s is refused: %s', (query, fault) => {
  expect(examine(query, known).faults.join()).toContain(fault);
});

test.each([
  ['sum by (model, le) (rate(onyx_chat_duration_seconds_bucket[$window]))', ['le', 'model']],
  ['histogram_quantile(0.5, sum by (model, le) (onyx_chat_duration_seconds_bucket)) >= 0', ['model']],
  ['1 - (sum(up) or sum(up) * 0) / (sum(up) > 0)', []],
  [
    'label_replace(sum by (model) (onyx_chat_duration_seconds_count), "name", "$1", "model", "(.*)")',
    ['model', 'name'],
  ],
])('%s keeps the labels %j', (query, labels) => {
  expect(examine(query, known)).toMatchObject({ faults: [] });
  expect([...examine(query, known).labels.keys()].toSorted()).toEqual(labels);
});
