// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hoursOfBudget, lines, percent, seconds } from '../../grafana/src/figures.ts';
import { alertGroups } from '../../grafana/src/rules/rule-files.ts';
import { withFacts } from '../../grafana/src/rules/runbook-facts.ts';
import * as thresholds from '../../grafana/src/thresholds.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const filesOf = (folder: string) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`);

/** Numbers with a unit, as people write them, and the words that stand for numbers. */
const figure =
  /\b\d[\d.,]*\s?(?:%|ms\b|s\b|lines\b|times\b)|\$\d+(?!")\b|\b(?:twice|half of|nineteen of twenty|one of twenty)\b/g;
/** All of something is no limit. */
const isWhole = (text: string) => text === '100%';

const figuresIn = (text: string) => [...text.matchAll(figure)].map(([found]) => found).filter((one) => !isWhole(one));

test('no text of a panel or an alert has a figure of its own: limits stand in thresholds.ts, scales in the catalogue', () => {
  for (const file of ['signals', 'rules', 'boards'].flatMap((name) => filesOf(`grafana/src/${name}`))) {
    const texts = read(file)
      .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
      .split('\n')
      .filter((line) => !/\b(?:expr|record):/.test(line))
      .join('\n');
    expect(figuresIn(texts), file).toEqual([]);
  }
});

test('no runbook has a figure but those that are generated from the rules', () => {
  for (const file of filesOf('docs/runbooks')) {
    const written = read(file)
      .replace(/```[\s\S]*?```/g, '')
      .replace(/^Fires when [\s\S]*?<!-- from grafana\/src\/rules -->/gm, '');
    expect(figuresIn(written), file).toEqual([]);
  }
});

test('the committed runbooks are what `npm run generate` makes', () => {
  for (const [group, alerts] of Object.entries(alertGroups)) {
    const page = read(`docs/runbooks/${group}.md`);
    expect(withFacts(page, alerts), group).toBe(page);
  }
});

test('a runbook follows a limit that changes, and keeps what a person wrote', () => {
  const [alert] = alertGroups.host ?? [];
  if (alert === undefined) throw new Error('there is no alert of the host');
  const page = read('docs/runbooks/host.md');
  const changed = withFacts(page, [{ ...alert, when: 'more than 95 % of all cores are busy' }]);
  expect(changed).toContain('Fires when more than 95 % of all cores are busy');
  expect(withFacts(changed, [alert])).toBe(page);
  expect(() => withFacts('# Nothing', [alert])).toThrow('there is not one heading "HighCpu" in its runbook');
});

test('figures are written as people read them', () => {
  expect([percent(0.05), percent(1 - 0.02), seconds(0.01), seconds(0.25), lines(4000)]).toEqual([
    '5 %',
    '98 %',
    '10 ms',
    '0.25 s',
    '4,000 lines',
  ]);
  expect(hoursOfBudget(thresholds.burnRate.critical)).toBe('12 hours');
});
