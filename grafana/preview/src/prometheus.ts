// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  createDataFrame,
  type DataFrame,
  FieldType,
  type InterpolateFunction,
  type Labels,
  rangeUtil,
  type TimeRange,
} from '@grafana/data';
import { askPrometheus } from './api.ts';
import type { Panel, Target } from './dashboard.ts';

type Sample = readonly [seconds: number, value: string];

/** Series have one sample for a moment and several for a range; a scalar is a sample of none. */
type Answer =
  | { readonly resultType: 'scalar'; readonly result: Sample }
  | {
      readonly resultType: 'matrix' | 'vector';
      readonly result: readonly {
        readonly metric: Labels;
        readonly value: Sample;
        readonly values?: readonly Sample[];
      }[];
    };

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
  const valueName = ({ refId }: Target) => (targets.length > 1 ? `Value #${refId}` : 'Value');
  const answers = await Promise.all(
    targets.map(async (target) => {
      const { series, step } = await ask(target, moment, signal);
      if (target.format === 'table') return [asTable(series, target.refId, valueName(target))];
      return series.map((one) => asTimeSeries(one, target, step * 1000, moment.replace));
    }),
  );
  return answers.flat();
}

async function ask({ expr, instant }: Target, { range, scrapeSeconds, width, replace }: Moment, signal: AbortSignal) {
  const { interval, intervalMs } = rangeUtil.calculateInterval(range, width, `${scrapeSeconds}s`);
  const step = intervalMs / 1000;
  // Room for at least four scrapes, so that a rate survives a missed one.
  const rateInterval = `${Math.round(Math.max(step + scrapeSeconds, 4 * scrapeSeconds))}s`;
  const query = replace(expr, { __interval: { value: interval }, __rate_interval: { value: rateInterval } });
  const [from, to] = [range.from.valueOf() / 1000, range.to.valueOf() / 1000];
  // On multiples of the step, or every refresh would sample other moments and the lines would tremble.
  const aligned = (seconds: number) => Math.floor(seconds / step) * step;
  const answer = await (instant
    ? askPrometheus<Answer>('query', { query, time: to }, signal)
    : askPrometheus<Answer>('query_range', { query, start: aligned(from), end: aligned(to), step }, signal));
  return { series: seriesOf(answer), step };
}

function seriesOf({ resultType, result }: Answer): Series[] {
  if (resultType === 'scalar') return [{ labels: {}, samples: [result] }];
  return result.map(({ metric, value, values = [value] }) => ({ labels: metric, samples: values }));
}

function asTimeSeries(series: Series, target: Target, interval: number, replace: InterpolateFunction): DataFrame {
  const { __name__: name = 'Value', ...labels } = series.labels;
  // A null where samples are missing, or the line would go on through the gap: @grafana/ui puts one into the first series only.
  const samples = series.samples.flatMap(([at, value], index, { [index - 1]: before }) => {
    const isLate = before && (at - before[0]) * 1000 > interval;
    const gap = isLate ? [{ at: before[0] * 1000 + interval, value: null }] : [];
    return [...gap, { at: at * 1000, value: toNumber(value) }];
  });
  const times = samples.map(({ at }) => at);
  const values = samples.map(({ value }) => value);
  const labelOf = (_: string, label: string) => series.labels[label] ?? '';
  const displayNameFromDS = replace(target.legendFormat ?? '').replace(/\{\{\s*(.+?)\s*\}\}/g, labelOf);
  return createDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: times, config: { interval } },
      { name, type: FieldType.number, values, labels, config: { displayNameFromDS } },
    ],
  });
}

function asTable(series: readonly Series[], refId: string, valueName: string): DataFrame {
  const rows = series.flatMap(({ labels, samples }) => samples.map(([at, value]) => ({ labels, at, value })));
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].sort();
  return createDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: rows.map(({ at }) => at * 1000) },
      ...names.map((name) => ({ name, type: FieldType.string, values: rows.map(({ labels }) => labels[name] ?? '') })),
      { name: valueName, type: FieldType.number, values: rows.map(({ value }) => toNumber(value)) },
    ],
  });
}

const toNumber = (value: string) => Number(value.replace('Inf', 'Infinity'));
