// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closingStatements, conventionalStatement } from '../../../collector-config/closed-labels.ts';
import { type CatalogueMetric, catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { goPatterns } from '../../../otel/src/limit/personal-data.ts';

const file = join(import.meta.dirname, '../../../collector-config/collector.yaml');

/** In quotes, as the formatter writes them. The collector takes a single dollar for a variable. */
function quoted(text: string): string {
  const escaped = text.replaceAll('$', '$$$$');
  return /["\\]/.test(escaped) ? `'${escaped.replaceAll("'", "''")}'` : `"${escaped}"`;
}

/** No host has a longer name. Prometheus would refuse all that an endpoint has for one value above its limit (prometheus.yml). */
const tooLong = '(?s)^.{256,}$';
const values = [tooLong, ...goPatterns.blocked.map((pattern) => `(?s)^.*${pattern}.*$`)]
  .map((pattern) => `      - ${quoted(pattern)}\n`)
  .join('');
const names = quoted(`IsMatch(metric.name, "${goPatterns.blocked.join('|').replaceAll('\\', '\\\\')}")`);

/** Of the resource, of all metrics of the catalogue, and what marks a metric that was full: a Python service records what Node does. */
const labels = [
  'service.name',
  ...new Set(Object.values<CatalogueMetric>(catalogue).flatMap(({ labels }) => Object.keys(labels))),
  'otel.metric.overflow',
];

/** What stands before the patterns, and the patterns. */
const places: readonly (readonly [place: RegExp, patterns: string])[] = [
  [/(# The same patterns as for values \(blocked_values\)\.\n {6}- ).*/, names],
  [/( {4}allowed_values: \[).*(?=\]\n {4}blocked_values)/, goPatterns.allowed.map(quoted).join(', ')],
  [/( {4}blocked_values:\n)(?: {6}- .*\n)+/, values],
  [
    /( {6}# Of the catalogue[^\n]*\n)(?: {6}- .*\n)*(?= {6}# Up to here\.)/,
    labels.map((label) => `      - ${label}\n`).join(''),
  ],
  [/( {10}# [^\n]*Generated likewise\.\n)(?: {10}- '.*\n)*/, conventionalStatement],
  [/( {6}# [^\n]*closed-labels\.ts[^\n]*\n)(?: {6}.*\n)*?(?= {6}# Up to here\.\n)/, closingStatements],
];

/** collector-config/collector.yaml with the patterns and labels of the preload. Throws an error when there is no place for them. */
function withPatterns(yaml: string): string {
  return places.reduce((text, [place, patterns]) => {
    if (!place.test(text)) throw new Error(`collector.yaml has no place for personal data: ${place}`);
    return text.replaceAll(new RegExp(place, 'g'), (_, before: string) => before + patterns);
  }, yaml);
}

/** The file of today, and the file to come. */
export async function collectorConfiguration(): Promise<{ is: string; shouldBe: string }> {
  const is = await readFile(file, 'utf8');
  return { is, shouldBe: withPatterns(is) };
}

export async function writePatterns(): Promise<void> {
  await writeFile(file, (await collectorConfiguration()).shouldBe);
}
