// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type CatalogueMetric, catalogue, endpoints, type Label } from '@onyx-metrics/otel/catalogue';
import { parse } from 'yaml';
import { foreign } from '../../grafana/src/signals/foreign.ts';
import { prometheusName } from '../../otel/src/catalogue/prometheus-name.ts';
import { examine, type Known } from './query.ts';

const folder = path.resolve(import.meta.dirname, '../../collector-config/prometheus/rules');

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** All rules Prometheus loads; those that record before those that read what is recorded. */
const files = [...new Set(['services.yml', 'recorded.yml', 'spend.yml', 'panels.yml', ...readdirSync(folder)])];
export const rules = files.flatMap((name) => {
  const { groups } = parse(readFileSync(path.join(folder, name), 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
});

/** What Prometheus and the collector add to every series. */
const identity: readonly (readonly [string, readonly string[] | 'any'])[] = [
  ['service', endpoints],
  ['instance', 'any'],
  ['job', 'any'],
];

const withIdentity = (labels: readonly (readonly [string, readonly string[] | 'any'])[]) =>
  new Map([...identity, ...labels]);

/** Every series there may be, with its labels: ours from the catalogue, those of others, and what rules record of both. */
export const known: Known = new Map();

for (const [name, metric] of Object.entries(catalogue) as [string, CatalogueMetric][]) {
  const { kind, unit } = metric;
  const labels = Object.entries(metric.labels as Record<string, Label>).map(
    ([label, traits]) => [label.replaceAll('.', '_'), valuesOf(traits)] as const,
  );
  const exposed = prometheusName({ name, unit, kind });
  if (metric.kind !== 'histogram') known.set(exposed, withIdentity(labels));
  else {
    const le = [...metric.boundaries.map((boundary) => String(boundary).replace(/^\d+$/, '$&.0')), '+Inf'];
    known.set(`${exposed}_bucket`, withIdentity([...labels, ['le', le]]));
    for (const suffix of ['sum', 'count']) known.set(`${exposed}_${suffix}`, withIdentity(labels));
  }
}
for (const [name, labels] of Object.entries(foreign)) {
  const entries = Object.entries(labels);
  known.set(name, withIdentity(entries));
  // Which of them are undeclared histograms; a name that is none has no such series on the platform either.
  known.set(`${name}_bucket`, withIdentity([...entries, ['le', 'any']]));
  for (const suffix of ['sum', 'count']) known.set(`${name}_${suffix}`, withIdentity(entries));
}
for (const { record, expr, labels = {} } of rules) {
  const own = Object.keys(labels).map((label) => [label, 'any'] as const);
  if (record) known.set(record, new Map([...examine(expr, known).labels, ...own]));
}

// An alert has the labels of its expression and its own.
const alerts = rules.filter(({ alert }) => alert);
known.set(
  'ALERTS',
  new Map([
    ...(known.get('ALERTS') ?? []),
    ...alerts.flatMap(({ expr }) => [...examine(expr, known).labels]),
    ['alertname', alerts.map(({ alert = '' }) => alert)],
  ]),
);

function valuesOf(label: Label): readonly string[] | 'any' {
  if (!('values' in label)) return 'any';
  // Empty: the label is missing.
  return [...label.values, ...(label.optional ? [''] : [])];
}
