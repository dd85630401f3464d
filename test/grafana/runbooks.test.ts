// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { boardFiles } from '../../grafana/src/board-files.ts';
import { alertGroups } from '../../grafana/src/rules/rule-files.ts';
import { known, rules } from './known-series.ts';
import { examine } from './query.ts';
import { runbooks } from './runbook.ts';

const alerts = rules.filter(({ alert }) => alert);
const { 'README.md': _, ...pages } = Object.fromEntries(runbooks('docs/runbooks'));

test('each alert has a heading in the page of its group, and each page has no others', () => {
  expect(Object.keys(pages).toSorted()).toEqual(
    Object.keys(alertGroups)
      .map((name) => `${name}.md`)
      .toSorted(),
  );
  for (const [group, its] of Object.entries(alertGroups)) {
    const headings = pages[`${group}.md`]?.map(({ heading }) => heading);
    expect(headings, group).toEqual([...its.map(({ name }) => name), 'Silence']);
  }
});

test('each heading says what the alert means, how to confirm it and how to fix it; each page, how to silence it', () => {
  for (const { heading, text, commands } of Object.values(pages).flat()) {
    expect(commands, heading).not.toEqual([]);
    if (heading === 'Silence') expect(commands.join(), heading).toMatch(/^amtool silence add .*alertname=\w+/);
    else expect(text, heading).toMatch(/^[A-Z][^`]{30,}.*^<!-- runs: .*^\*\*Fix\.\*\* \S.{20,}/ms);
  }
});

test('the commands that confirm an alert ask for known series, and for one that the alert reads', () => {
  for (const { heading, commands } of Object.values(pages).flat()) {
    const readings = commands
      .flatMap((command) => /'query=(.*)'$/.exec(command)?.[1] ?? [])
      // One that shows the names of all series has none itself.
      .filter((query) => !query.includes('__name__'))
      .map((query) => examine(query, known));
    expect(
      readings.flatMap(({ faults }) => faults),
      heading,
    ).toEqual([]);
    const alert = alerts.find((rule) => rule.alert === heading);
    const [asked, meant] = [readings.flatMap(({ metrics }) => metrics), examine(alert?.expr ?? '1', known).metrics];
    if (meant.length > 0)
      expect(sources(asked), heading).toEqual(expect.arrayContaining([expect.toBeOneOf(sources(meant))]));
  }
});

/** With what recorded series among them were made of. */
function sources(metrics: readonly string[], above: readonly string[] = []): string[] {
  return metrics.flatMap((metric) => {
    // A running account is made of itself too.
    if (above.includes(metric)) return [];
    const rule = rules.find(({ record }) => record === metric);
    return [metric, ...(rule ? sources(examine(rule.expr, known).metrics, [...above, metric]) : [])];
  });
}

test('each alert leads to a heading that is there and to a panel that is there', () => {
  const boards = boardFiles();
  for (const { alert, annotations = {} } of alerts) {
    const [, page = '', heading] =
      /^\{\{.+\}\}\/public\/runbooks\/(\w+\.md)#:~:text=(\w+)$/.exec(annotations.runbook_url ?? '') ?? [];
    expect(
      pages[page]?.map((section) => section.heading),
      alert,
    ).toContain(heading);
    const [, uid, id] = /\/d\/([\w-]+)\?viewPanel=panel-(\d+)$/.exec(annotations.dashboard_url ?? '') ?? [];
    const { panels } = JSON.parse(boards.get(`${uid}.json`) ?? '{"panels":[]}') as { panels: Panel[] };
    const panel = panels.flatMap((one) => [one, ...(one.panels ?? [])]).find((one) => one.id === Number(id));
    expect(panel?.type, alert).toMatch(/^(?!row)/);
  }
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly panels?: readonly Panel[];
}
