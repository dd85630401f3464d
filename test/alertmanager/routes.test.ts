// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { binary } from '../../services/native/programs/binaries.ts';
import { rules } from '../grafana/known-series.ts';

const committed = path.resolve(import.meta.dirname, '../../collector-config/alertmanager/alertmanager.yml');
const config = parse(readFileSync(committed, 'utf8')) as {
  readonly inhibit_rules: readonly { readonly source_matchers: readonly string[] }[];
  readonly receivers: readonly object[];
};
const alerts = rules.filter(({ alert }) => alert !== undefined);

let amtool: string;
beforeAll(async () => {
  amtool = await binary('amtool');
}, 300_000);

/** The receiver that amtool says an alert goes to. */
async function receiverOf({ alert, labels }: (typeof alerts)[number]): Promise<string> {
  const given = Object.entries({ ...labels, alertname: alert }).map(([name, value]) => `${name}="${value}"`);
  const { stdout } = await execa(amtool, ['config', 'routes', 'test', `--config.file=${committed}`, ...given]);
  return stdout.trim();
}

test('whoever is to be told is told of every alert, and the one that always fires goes to the watchdog of the watchdog', async () => {
  for (const alert of alerts)
    expect(await receiverOf(alert), alert.alert).toBe(alert.alert === 'Watchdog' ? 'deadman' : 'operators');
});

test('as committed nobody is told of anything', () => {
  expect(config.receivers).toEqual([{ name: 'operators' }, { name: 'deadman' }]);
});

test('a service that an alert needs silences it by a rule of its own', () => {
  const needed = new Set(alerts.flatMap(({ labels }) => labels?.needs?.split(' ') ?? []));
  const silencing = config.inhibit_rules.flatMap(
    ({ source_matchers }) => /service="(\w+)"/.exec(source_matchers.join())?.[1] ?? [],
  );
  expect(silencing.toSorted()).toEqual([...needed].toSorted());
});
