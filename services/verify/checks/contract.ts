// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { lines as linesSignal } from '../../../grafana/src/signals/collector.ts';
import { foreign } from '../../../grafana/src/signals/foreign.ts';
import {
  type CatalogueMetric,
  catalogue,
  type Label,
  lineBudget,
  services,
} from '../../../otel/src/catalogue/catalogue.ts';
import { prometheusName } from '../../../otel/src/catalogue/prometheus-name.ts';
import type { Prometheus, Series } from '../../prometheus/prometheus.ts';
import { type Check, type Finding, fail, nonePushed, pass, unchecked } from '../check.ts';
import { isNameExcused } from '../declarations.ts';
import type { Moment } from '../emptiness.ts';
import { momentOf } from '../moment.ts';
import { oddities } from '../oddities.ts';
import type { Platform } from '../platform.ts';

const source = 'otel/src/catalogue/catalogue.ts';
/** What Prometheus, the collector and the SDK add to a series. */
const added = new Set(['__name__', 'instance', 'job', 'le', 'service', 'otel_metric_overflow']);
/** Those the specification fixes; they get a row of their own. */
const specified = new Set<string>([
  'onyx_chat_duration_seconds',
  'onyx_rag_retrieval_duration_seconds',
  'onyx_task_completion_total',
  'onyx_active_agents',
]);

/** A metric with its names in Prometheus. */
interface Exposed {
  readonly name: string;
  readonly names: readonly string[];
  readonly metric: CatalogueMetric;
}

const exposed: readonly Exposed[] = Object.entries<CatalogueMetric>(catalogue).map(([dotted, metric]) => {
  const name = prometheusName({ name: dotted, unit: metric.unit, kind: metric.kind });
  const names = metric.kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name];
  return { name, names, metric };
});

export const contract: Check = {
  id: 'contract',
  criterion: 'contract',
  promise: 'Names, types, labels and boundaries are those of the catalogue, and endpoints keep to their lines',
  async run(platform) {
    const { prometheus } = platform;
    const match = `{__name__=~"${exposed.flatMap(({ names }) => names).join('|')}", service=~"${services.join('|')}"}`;
    const [series, types, moment] = await Promise.all([
      prometheus.query(match),
      prometheus.types(),
      momentOf(platform),
    ]);
    const rows: Finding[] = [];
    let others = 0;
    for (const each of ofLanguagesSeen(series)) {
      const row = await judge(each, series, types.get(each.name), moment, prometheus);
      if (row.verdict === 'pass' && !specified.has(each.name)) others += 1;
      else if (row.verdict !== 'not checked' || specified.has(each.name)) rows.push(row);
    }
    return [
      ...rows,
      pass('other metrics', `${others} as in the catalogue`),
      await lines(platform),
      ...(await oddities(prometheus)),
    ];
  },
};

/** A platform may be written in one language. One that shows no process of any lacks the metrics of all. */
function ofLanguagesSeen(series: readonly Series[]): readonly Exposed[] {
  const shown = new Set(series.map(({ labels }) => labels.__name__));
  const seen = new Set(
    exposed.filter(({ names }) => names.some((name) => shown.has(name))).map(({ metric }) => metric.runtime),
  );
  seen.delete(undefined);
  return exposed.filter(({ metric: { runtime } }) => runtime === undefined || seen.size === 0 || seen.has(runtime));
}

async function judge(
  { name, names, metric }: Exposed,
  all: readonly Series[],
  types: ReadonlySet<string> | undefined,
  moment: Moment,
  prometheus: Prometheus,
): Promise<Finding> {
  const series = all.filter(({ labels }) => names.includes(labels.__name__ ?? ''));
  const missing = names.filter((each) => !series.some(({ labels }) => labels.__name__ === each));
  if (missing.length > 0) {
    if (series.length === 0 && (await isNameExcused(names, prometheus.ask, moment))) {
      return unchecked(name, 'nothing of it has happened yet');
    }
    return broken(name, `series ${missing.join(', ')}`, 'none', await whyMissing(prometheus));
  }
  if (types && !(types.size === 1 && types.has(metric.kind))) {
    return broken(
      name,
      metric.kind,
      [...types].join(' and '),
      'two senders declare it differently, or a view makes another',
    );
  }
  const wrong = series.map((each) => wrongLabels(metric, each)).find((text) => text !== undefined);
  if (wrong !== undefined) {
    const labels = Object.keys(metric.labels).map(exposedLabel).join(', ') || 'none';
    return broken(
      name,
      `the labels ${labels}, with the values of the catalogue`,
      wrong,
      'a view, the collector or a second instrument of that name adds, drops or changes a label',
    );
  }
  if (metric.kind === 'histogram') {
    for (const service of new Set(series.map(({ labels }) => labels.service))) {
      const found = boundariesOf(series.filter(({ labels }) => labels.service === service));
      if (found.join() === metric.boundaries.join()) continue;
      return broken(
        name,
        `the boundaries ${metric.boundaries.join(' ')}`,
        `${found.join(' ')} from ${service}`,
        'another view, or a sender that does not use ours',
      );
    }
  }
  const boundaries = metric.kind === 'histogram' ? `, boundaries ${metric.boundaries.join(' ')}` : '';
  return pass(
    name,
    `${metric.kind}, ${Object.keys(metric.labels).join(', ') || 'no labels'}${boundaries}, ${series.length} series`,
  );
}

function broken(name: string, expected: string, seen: string, cause: string): Finding {
  return fail(name, {
    expected,
    seen,
    cause,
    change: `${source}, otel/src/sdk/views.ts or collector-config/collector.yaml`,
  });
}

/** Undeclared names are where a renamed metric went. */
async function whyMissing(prometheus: Prometheus): Promise<string> {
  const known = new Set([...exposed.flatMap(({ names }) => names), ...Object.keys(foreign)]);
  const found = await prometheus.query(`group by (__name__) ({__name__=~"onyx_.+", service=~"${services.join('|')}"})`);
  const unknown = found.flatMap(({ labels }) => (known.has(labels.__name__ ?? '') ? [] : [labels.__name__]));
  return unknown.length > 0
    ? `it was renamed (the catalogue lacks ${unknown.join(', ')}), or the collector drops it`
    : 'the collector drops it, or the service does not record it';
}

const exposedLabel = (label: string) => label.replaceAll('.', '_');

function wrongLabels({ labels: declared }: CatalogueMetric, { labels }: Series): string | undefined {
  // All that did not fit, together.
  if (labels.otel_metric_overflow !== undefined) return undefined;
  const known = new Map(Object.entries<Label>(declared).map(([name, label]) => [exposedLabel(name), label]));
  const extra = Object.keys(labels).find((label) => !added.has(label) && !known.has(label));
  if (extra !== undefined) return `${labels.service} has the label ${extra}`;
  for (const [name, label] of known) {
    const value = labels[name];
    if (value === undefined) {
      if (label.optional) continue;
      return `${labels.service} has a series without ${name}`;
    }
    if ('values' in label && !label.values.includes(value) && value !== 'other')
      return `${labels.service} has ${name}="${value}"`;
  }
  return undefined;
}

function boundariesOf(series: readonly Series[]): number[] {
  const bounds = new Set(
    series.flatMap(({ labels: { le } }) => (le === undefined || le === '+Inf' ? [] : [Number(le)])),
  );
  return [...bounds].sort((a, b) => a - b);
}

async function lines(platform: Platform): Promise<Finding> {
  const { prometheus } = platform;
  const subject = 'lines of endpoints';
  if (await platform.pushed()) return pass(subject, nonePushed);
  const found = await prometheus.query(linesSignal.queries[0].expr);
  if (found.length === 0) return unchecked(subject, 'Prometheus scrapes no endpoint of a collector');
  const sorted = found
    .map(({ labels, values }) => ({ service: labels.service, lines: values[0] ?? 0 }))
    .sort((a, b) => b.lines - a.lines);
  const text = sorted.map(({ service, lines }) => `${service} ${lines}`).join(', ');
  if (sorted.every(({ lines }) => lines <= lineBudget)) return pass(subject, text);
  return fail(subject, {
    expected: `at most ${lineBudget} at each, which is all that our metrics add up to`,
    seen: text,
    cause: 'a label with many values, more instances than two, or metrics of your own',
    change:
      'docs/reference/metrics.md says what each metric may have; then otel/src/catalogue/catalogue.ts or the sender',
  });
}
