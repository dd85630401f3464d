// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Because } from '../../grafana/src/signals/signal.ts';
import type { Series } from '../prometheus/prometheus.ts';

/** What became of one query. */
export interface Answer {
  /** The panel, variable or rule it belongs to. */
  readonly of: string;
  readonly query: string;
  readonly verdict: 'data' | 'zero' | 'empty, as declared' | 'EMPTY' | 'ERROR';
  readonly why?: string;
  /** The reason it declares for having no value. */
  readonly because?: Because;
}

/** `data` or `zero`; with unreadable lines, an error. */
export function judgeValues(series: readonly Series[], legend?: string): Pick<Answer, 'verdict' | 'why'> {
  const values = series.flatMap((each) => each.values);
  if (values.some(Number.isNaN)) return { verdict: 'ERROR', why: 'a value is no number' };
  const names = legend === undefined ? [] : series.map(({ labels }) => named(legend, labels));
  if (names.some((name, index) => name.trim() === '' || names.indexOf(name) !== index)) {
    return { verdict: 'ERROR', why: `lines are called ${[...new Set(names)].join(', ')}, and cannot be told apart` };
  }
  return { verdict: values.every((value) => value === 0) ? 'zero' : 'data' };
}

function named(legend: string, labels: Series['labels']): string {
  return legend.replace(/\{\{(\w+)\}\}/g, (_, name: string) => labels[name] ?? '');
}

/** Such as `12 data, 3 zero, 1 empty as declared`. */
export function countsOf(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of answers) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => `${count} ${verdict.replace(',', '')}`).join(', ');
}

export const isBad = ({ verdict }: Answer): boolean => verdict === 'EMPTY' || verdict === 'ERROR';

/** One phrase for each that is bad. */
export function describeBad(answers: readonly Answer[]): string {
  return answers
    .filter(isBad)
    .map(({ of, verdict, why }) => `"${of}": ${verdict}${why ? `, ${why}` : ''}`)
    .join('; ');
}
