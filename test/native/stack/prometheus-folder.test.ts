// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../../services/native/environment.ts';
import { layOutPrometheus } from '../../../services/native/stack/prometheus-folder.ts';
import { temporaryFolder } from '../script.ts';

const source = join(root, 'collector-config/prometheus');
const names = readdirSync(join(source, 'targets')).map((file) => basename(file, '.yml'));
const addresses = Object.fromEntries(names.map((name, index) => [name, `127.0.0.1:${9000 + index}`]));

/** What Prometheus reads, from the folder it reads it in. */
async function laidOut(intervals: { scrape: number; evaluation: number }): Promise<(file: string) => string> {
  const folder = temporaryFolder();
  await layOutPrometheus({ folder, secrets: temporaryFolder(), addresses, intervals });
  return (file) => readFileSync(join(folder, file), 'utf8');
}

/** Seconds between two turns, by group; those without take the turn of all. */
function turns(rules: string): Record<string, string> {
  const { groups } = parse(rules) as { groups: { name: string; interval?: string }[] };
  return Object.fromEntries(groups.flatMap(({ name, interval }) => (interval ? [[name, interval]] : [])));
}

test('at the intervals of production the configuration and the rules are the committed ones, byte for byte', async () => {
  const read = await laidOut({ scrape: 15, evaluation: 15 });
  for (const file of ['prometheus.yml', 'rules/recorded.yml', 'rules/alerts.yml', 'rules/services.yml'])
    expect(read(file)).toBe(readFileSync(join(source, file), 'utf8'));
});

test('at shorter ones a group that takes every fourth turn still takes every fourth, and nothing else changes', async () => {
  const read = await laidOut({ scrape: 1, evaluation: 1 });
  expect(turns(read('rules/recorded.yml'))).toEqual({ objective: '4s', 'latency against its history': '4s' });
  const committed = readFileSync(join(source, 'rules/recorded.yml'), 'utf8').replaceAll('interval: 1m', 'interval: 4s');
  expect(parse(read('rules/recorded.yml'))).toEqual(parse(committed));
  expect(parse(read('prometheus.yml')).global).toMatchObject({ scrape_interval: '1s', evaluation_interval: '1s' });
});
