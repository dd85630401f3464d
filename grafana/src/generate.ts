// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { boardFiles } from './board-files.ts';
import { alertGroups, prometheusRule, ruleFiles } from './rules/rule-files.ts';
import { withFacts } from './rules/runbook-facts.ts';

const root = path.resolve(import.meta.dirname, '../..');
for (const [folder, files] of [
  ['grafana/dashboards', boardFiles()],
  ['collector-config/prometheus/rules', ruleFiles()],
  ['collector-config/kubernetes', new Map([['rules.yaml', prometheusRule()]])],
] as const) {
  await mkdir(path.join(root, folder), { recursive: true });
  for (const [name, content] of files) await writeFile(path.join(root, folder, name), content);
}
for (const [group, alerts] of Object.entries(alertGroups)) {
  const page = path.join(root, `docs/runbooks/${group}.md`);
  await writeFile(page, withFacts(await readFile(page, 'utf8'), alerts));
}
