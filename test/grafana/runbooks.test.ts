// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { boardFiles } from '../../grafana/src/board-files.ts';
import { alertGroups } from '../../grafana/src/rules/rule-files.ts';
import { binary } from '../../services/native/binaries.ts';
import { rules } from './known-series.ts';

const root = path.resolve(import.meta.dirname, '../..');
const alerts = rules.filter(({ alert }) => alert);
const pages = readdirSync(path.join(root, 'docs/runbooks')).filter((name) => name !== 'README.md');
const headings = (page: string) =>
  [...readFileSync(path.join(root, 'docs/runbooks', page), 'utf8').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);

test('each alert has a heading in the page of its group, and each page has no others', () => {
  expect(pages.toSorted()).toEqual(
    Object.keys(alertGroups)
      .map((name) => `${name}.md`)
      .toSorted(),
  );
  for (const [group, its] of Object.entries(alertGroups)) {
    const expected = ['Confirm', ...its.map(({ name }) => name), 'Silence'];
    expect(headings(`${group}.md`), group).toEqual(expected);
  }
});

test('each alert leads to a heading that is there and to a panel that is there', () => {
  const boards = boardFiles();
  for (const { alert, annotations = {} } of alerts) {
    const [page = '', heading] = (annotations.runbook_url ?? '').split('#');
    const there = headings(path.basename(page)).map((name) => name?.toLowerCase());
    expect(there, alert).toContain(heading);
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

test.each(alerts.map(({ alert, labels }) => ({ alert: alert as string, labels })))(
  '$alert is sent to nobody',
  async ({ alert, labels }) => {
    const config = path.join(root, 'collector-config/alertmanager/alertmanager.yml');
    const given = Object.entries({ ...labels, alertname: alert }).map(([name, value]) => `${name}=${value}`);
    await execa(await binary('amtool'), [
      'config',
      'routes',
      'test',
      `--config.file=${config}`,
      '--verify.receivers=none',
      ...given,
    ]);
  },
);
