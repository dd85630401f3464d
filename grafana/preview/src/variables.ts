// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { TimeRange } from '@grafana/data';
import { useEffect, useState } from 'react';
import { askPrometheus } from './api.ts';
import type { Dashboard, Variable } from './dashboard.ts';
import { type Choice, type Choices, interpolator } from './interpolate.ts';
import { labelQuery } from './support.ts';

/** Stands for all values, in the address too. */
export const all = '$__all';

export interface ResolvedVariable {
  readonly variable: Variable;
  readonly options: readonly string[];
  readonly chosen: readonly string[];
}

export interface Resolved {
  readonly variables: readonly ResolvedVariable[];
  readonly choices: Choices;
  readonly error?: string;
}

/** The variables of a board with their options; `undefined` until Prometheus has named them. */
export function useVariables(
  board: Dashboard,
  wanted: Readonly<Record<string, readonly string[]>>,
  range: TimeRange,
): Resolved | undefined {
  const [resolved, setResolved] = useState<{ readonly board: Dashboard; readonly value: Resolved }>();
  const list = board.templating?.list ?? [];
  const followsRange = list.some(({ type, refresh }) => type === 'query' && refresh === 2);
  const key = JSON.stringify([board.uid, wanted, followsRange && [range.raw.from, range.raw.to]]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that matters; the range itself moves each refresh
  useEffect(() => {
    const ended = new AbortController();
    resolve(list, wanted, range, ended.signal).then(
      (value) => setResolved({ board, value }),
      (error: Error) => {
        const value = { variables: [], choices: new Map(), error: `The variables cannot be read: ${error.message}` };
        if (!ended.signal.aborted) setResolved({ board, value });
      },
    );
    return () => ended.abort();
  }, [key]);
  return resolved?.board === board ? resolved.value : undefined;
}

/** In the order of the board, because the query of one may name those before it. */
async function resolve(
  list: readonly Variable[],
  wanted: Readonly<Record<string, readonly string[]>>,
  range: TimeRange,
  signal: AbortSignal,
): Promise<Resolved> {
  const choices = new Map<string, Choice>();
  const variables: ResolvedVariable[] = [];
  for (const variable of list) {
    const options = await optionsOf(variable, choices, range, signal);
    const chosen = choose(variable, options, wanted[variable.name]);
    choices.set(variable.name, choiceOf(variable, options, chosen));
    variables.push({ variable, options, chosen });
  }
  return { variables, choices };
}

async function optionsOf(
  variable: Variable,
  choices: Choices,
  range: TimeRange,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = typeof variable.query === 'string' ? variable.query : '';
  switch (variable.type) {
    case 'datasource':
      return ['Prometheus'];
    case 'custom':
      return text.split(',').map((option) => option.trim());
    case 'query': {
      const { selector, label } = labelQuery(variable) ?? {};
      if (label === undefined) return [];
      const values = (await askPrometheus(
        `label/${label}/values`,
        {
          'match[]': selector && interpolator(choices)(selector),
          start: range.from.valueOf() / 1000,
          end: range.to.valueOf() / 1000,
        },
        signal,
      )) as string[];
      return sorted(values, variable.sort ?? 0);
    }
    default:
      return [];
  }
}

/** Grafana's codes: 0 is as they come, odd is ascending, 3 and 4 compare numbers. */
function sorted(values: readonly string[], sort: number): readonly string[] {
  const direction = sort % 2 === 1 ? 1 : -1;
  const compare = (a: string, b: string) => direction * a.localeCompare(b, 'en', { numeric: sort === 3 || sort === 4 });
  return sort === 0 ? values : values.toSorted(compare);
}

function choose(
  variable: Variable,
  options: readonly string[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  const { multi, includeAll, current } = variable;
  const stored = [current?.value ?? []].flat();
  for (const candidate of [wanted ?? [], stored]) {
    if (includeAll && candidate.includes(all)) return [all];
    const valid = candidate.filter((value) => options.includes(value));
    if (valid.length > 0) return multi ? valid : valid.slice(0, 1);
  }
  return includeAll ? [all] : options.slice(0, 1);
}

function choiceOf(variable: Variable, options: readonly string[], chosen: readonly string[]): Choice {
  const isRegex = Boolean(variable.multi || variable.includeAll);
  if (!chosen.includes(all)) return { values: chosen, isRegex };
  return { values: options, isRegex, raw: variable.allValue || undefined, text: 'All' };
}
