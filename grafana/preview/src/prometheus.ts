// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  createDataFrame,
  type DataFrame,
  FieldType,
  type InterpolateFunction,
  type Labels,
  rangeUtil,
  type ScopedVars,
  type TimeRange,
} from '@grafana/data';
import { askPrometheus } from './api.ts';
import type { Panel, Target } from './dashboard.ts';

type Sample = readonly [seconds: number, value: string];

interface Answer {
  readonly resultType: 'matrix' | 'vector' | 'scalar' | 'string';
  readonly result: unknown;
}

interface Series {
  readonly labels: Labels;
  readonly samples: readonly Sample[];
}

export interface Moment {
  readonly range: TimeRange;
  /** Seconds between two scrapes. */
  readonly scrapeSeconds: number;
  /** Pixels there are for points. */
  readonly width: number;
  readonly replace: InterpolateFunction;
}

/** Asks each query of a panel once. Rejects with Prometheus' own words on the first that fails. */
export async function queryPanel(panel: Panel, moment: Moment, signal: AbortSignal): Promise<DataFrame[]> {
  const targets = (panel.targets ?? []).filter(({ hide }) => !hide);
  const answers = await Promise.all(
    targets.map((target) => queryTarget(panel, target, targets.length, moment, signal)),
  );
  return answers.flat();
}

async function queryTarget(
  panel: Panel,
  target: Target,
  targets: number,
  { range, scrapeSeconds, width, replace }: Moment,
  signal: AbortSignal,
): Promise<DataFrame[]> {
  const smallest = replace(target.interval || panel.interval || `${scrapeSeconds}s`);
  const { intervalMs, interval } = rangeUtil.calculateInterval(range, panel.maxDataPoints ?? width, smallest);
  const step = intervalMs / 1000;
  const query = replace(target.expr, builtIns(range, interval, step, scrapeSeconds));
  const [from, to] = [range.from.valueOf() / 1000, range.to.valueOf() / 1000];
  // On multiples of the step, or every refresh would sample other moments and the lines would tremble.
  const aligned = (seconds: number) => Math.floor(seconds / step) * step;
  const answer = (await (target.instant
    ? askPrometheus('query', { query, time: to }, signal)
    : askPrometheus('query_range', { query, start: aligned(from), end: aligned(to), step }, signal))) as Answer;
  const name = (labels: Labels) => legend(target, query, labels, replace);
  return target.format === 'table'
    ? [asTable(seriesOf(answer), target.refId, targets)]
    : seriesOf(answer).map((series) => asTimeSeries(series, target.refId, name(series.labels), step * 1000));
}

/** `$__rate_interval` holds at least four scrapes, so that a rate survives a missed one. */
function builtIns(range: TimeRange, interval: string, step: number, scrapeSeconds: number): ScopedVars {
  const seconds = Math.round((range.to.valueOf() - range.from.valueOf()) / 1000);
  const values = {
    __interval: interval,
    __interval_ms: step * 1000,
    __rate_interval: `${Math.round(Math.max(step + scrapeSeconds, 4 * scrapeSeconds))}s`,
    __range: `${seconds}s`,
    __range_s: seconds,
    __range_ms: seconds * 1000,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { text: String(value), value }]));
}

function seriesOf({ resultType, result }: Answer): Series[] {
  switch (resultType) {
    case 'matrix':
      return (result as { metric: Labels; values: Sample[] }[]).map(({ metric, values }) => ({
        labels: metric,
        samples: values,
      }));
    case 'vector':
      return (result as { metric: Labels; value: Sample }[]).map(({ metric, value }) => ({
        labels: metric,
        samples: [value],
      }));
    default:
      return [{ labels: {}, samples: [result as Sample] }];
  }
}

function asTimeSeries(series: Series, refId: string, name: string, interval: number): DataFrame {
  const { __name__: metric, ...rest } = series.labels;
  // A null where samples are missing, or the line would go on through the gap: @grafana/ui puts one into the first series only.
  const samples = series.samples.flatMap(([at, value], index, { [index - 1]: before }) => {
    const isLate = before && (at - before[0]) * 1000 > interval;
    return [
      ...(isLate ? [{ at: before[0] * 1000 + interval, value: null }] : []),
      { at: at * 1000, value: toNumber(value) },
    ];
  });
  return createDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: samples.map(({ at }) => at), config: { interval } },
      {
        name: metric ?? 'Value',
        type: FieldType.number,
        values: samples.map(({ value }) => value),
        labels: rest,
        config: { displayNameFromDS: name },
      },
    ],
  });
}

function asTable(series: readonly Series[], refId: string, targets: number): DataFrame {
  const rows = series.flatMap(({ labels, samples }) => samples.map(([at, value]) => ({ labels, at, value })));
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].sort();
  return createDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: rows.map(({ at }) => at * 1000) },
      ...names.map((name) => ({
        name,
        type: FieldType.string,
        values: rows.map(({ labels }) => labels[name] ?? ''),
        config: { filterable: true },
      })),
      {
        name: targets > 1 ? `Value #${refId}` : 'Value',
        type: FieldType.number,
        values: rows.map(({ value }) => toNumber(value)),
      },
    ],
  });
}

function legend({ legendFormat }: Target, query: string, labels: Labels, replace: InterpolateFunction): string {
  const { __name__: metric, ...rest } = labels;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}="${value}"`);
  if (legendFormat && legendFormat !== '__auto') {
    return replace(legendFormat).replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
  }
  return pairs.length > 0 || metric ? `${metric ?? ''}${pairs.length > 0 ? `{${pairs.join(', ')}}` : ''}` : query;
}

function toNumber(value: string): number {
  if (value === '+Inf') return Number.POSITIVE_INFINITY;
  return value === '-Inf' ? Number.NEGATIVE_INFINITY : Number(value);
}
