// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { binary } from '../../services/native/programs/binaries.ts';
import { rules } from './known-series.ts';

const committed = path.resolve(import.meta.dirname, '../../collector-config/alertmanager/alertmanager.yml');
const text = readFileSync(committed, 'utf8');
const config = parse(text) as {
  readonly inhibit_rules: readonly { readonly source_matchers: readonly string[] }[];
  readonly receivers: readonly object[];
};
const alerts = rules.filter(({ alert }) => alert !== undefined);
const folder = mkdtempSync(path.join(tmpdir(), 'onyx-alertmanager-'));
afterAll(() => rmSync(folder, { recursive: true }));

let amtool: string;
beforeAll(async () => {
  amtool = await binary('amtool');
}, 300_000);

/** The receiver that amtool says an alert goes to. */
async function receiverOf({ alert, labels }: (typeof alerts)[number], file = committed): Promise<string> {
  const given = Object.entries({ ...labels, alertname: alert }).map(([name, value]) => `${name}="${value}"`);
  const { stdout } = await execa(amtool, ['config', 'routes', 'test', `--config.file=${file}`, ...given]);
  return stdout.trim();
}

test('nobody is told of any alert, unless somebody asks to be', async () => {
  for (const alert of alerts) expect(await receiverOf(alert), alert.alert).toBe('none');
});

test('whoever names the receiver, as the runbooks say, is told of every alert but the one that always fires', async () => {
  const file = path.join(folder, 'told.yml');
  const instruction = 'receiver: none';
  expect(readFileSync(path.resolve(import.meta.dirname, '../../docs/runbooks/README.md'), 'utf8')).toContain(
    instruction,
  );
  writeFileSync(file, text.replace(instruction, 'receiver: webhook'));
  await execa(amtool, ['check-config', file]);
  for (const alert of alerts)
    expect(await receiverOf(alert, file), alert.alert).toBe(alert.alert === 'Watchdog' ? 'none' : 'webhook');
});

test('where a notification goes is in a secret file, never in the configuration', () => {
  expect(JSON.stringify(config.receivers)).not.toMatch(/"(?!name"|\w+_configs"|\w+_file")\w+":|https?:/);
});

test('a service that an alert needs silences it by a rule of its own', () => {
  const needed = new Set(alerts.flatMap(({ labels }) => labels?.needs?.split(' ') ?? []));
  const silencing = config.inhibit_rules.flatMap(
    ({ source_matchers }) => /service="(\w+)"/.exec(source_matchers.join())?.[1] ?? [],
  );
  expect(silencing.toSorted()).toEqual([...needed].toSorted());
});
