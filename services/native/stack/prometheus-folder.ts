// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse, parseDocument, stringify, type YAMLMap, type YAMLSeq } from 'yaml';
import { root } from '../environment.ts';

const source = join(root, 'collector-config/prometheus');

export interface PrometheusFolder {
  readonly folder: string;
  /** The folder of the secret files, which the configuration names relative to itself. */
  readonly secrets: string;
  /** `host:port` for each file in `targets/`, by its name without extension. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly intervals: { readonly scrape: number; readonly evaluation: number };
}

/**
 * Lays out what Prometheus reads: a copy of the folder the containers mount, with this machine's addresses as targets. The
 * configuration stays the same byte for byte unless other intervals are asked for.
 */
export async function layOutPrometheus({ folder, secrets, addresses, intervals }: PrometheusFolder): Promise<void> {
  for (const part of ['prometheus.yml', 'rules', 'targets']) {
    await cp(join(source, part), join(folder, part), { recursive: true });
  }
  await symlink(secrets, join(folder, 'secrets'));
  for (const file of await readdir(join(folder, 'targets'))) {
    const path = join(folder, 'targets', file);
    const address = addresses[basename(file, '.yml')];
    if (address === undefined)
      throw new Error(`${join(source, 'targets', file)}: native mode starts nothing of that name`);
    const groups = parse(await readFile(path, 'utf8')) as { targets: string[] }[];
    await writeFile(path, stringify(groups.map((group) => ({ ...group, targets: [address] }))));
  }
  await setIntervals(folder, intervals);
}

async function setIntervals(folder: string, { scrape, evaluation }: PrometheusFolder['intervals']): Promise<void> {
  const path = join(folder, 'prometheus.yml');
  const configuration = parseDocument(await readFile(path, 'utf8'));
  const usual = Number.parseInt(configuration.getIn(['global', 'evaluation_interval']) as string, 10);
  if (evaluation !== usual) await setTurns(join(folder, 'rules'), evaluation / usual);
  const wanted = { scrape_interval: `${scrape}s`, evaluation_interval: `${evaluation}s` };
  const changed = Object.entries(wanted).filter(([key, value]) => configuration.getIn(['global', key]) !== value);
  if (changed.length === 0) return;
  for (const [key, value] of changed) configuration.setIn(['global', key], value);
  // Prometheus refuses a timeout above the interval.
  configuration.setIn(['global', 'scrape_timeout'], `${Math.min(10, scrape)}s`);
  await writeFile(path, configuration.toString());
}

/** Groups of rules with an interval of their own, which is in minutes, keep their proportion to the others. */
async function setTurns(folder: string, proportion: number): Promise<void> {
  for (const file of await readdir(folder)) {
    const rules = parseDocument(await readFile(join(folder, file), 'utf8'));
    const groups = (rules.get('groups') as YAMLSeq<YAMLMap<string, string>>).items;
    const rarer = groups.filter((group) => group.has('interval'));
    if (rarer.length === 0) continue;
    for (const group of rarer)
      group.set('interval', `${60 * Number.parseInt(group.get('interval') as string, 10) * proportion}s`);
    await writeFile(join(folder, file), rules.toString());
  }
}
