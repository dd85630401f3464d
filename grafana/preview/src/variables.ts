// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { rangeUtil, type TimeRange } from '@grafana/data';
import { useEffect, useState } from 'react';
import { askPrometheus } from './api.ts';
import type { Dashboard, Variable } from './dashboard.ts';
import { type Choice, type Choices, interpolator } from './interpolate.ts';
import { labelQuery } from './support.ts';
import type { View } from './view.ts';

/** Stands for all values, in the address too. */
export const all = '$__all';
/** Stands for the interval that suits the time range. */
export const auto = '$__auto';

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

/** The variables of a board with their options, read again for each time range; `undefined` until Prometheus has named them. */
export function useVariables(board: Dashboard, wanted: View['variables'], range: TimeRange): Resolved | undefined {
  const [resolved, setResolved] = useState<Resolved>();
  const key = JSON.stringify([wanted, range.raw]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that matters; the range itself moves each refresh
  useEffect(() => {
    const ended = new AbortController();
    const failed = ({ message }: Error): Resolved => ({ ...none, error: `The variables cannot be read: ${message}` });
    resolve(board.templating?.list ?? [], wanted, range, ended.signal)
      .catch(failed)
      .then((value) => !ended.signal.aborted && setResolved((last) => keptChoices(value, last)));
    return () => ended.abort();
  }, [key]);
  return resolved;
}

const none: Resolved = { variables: [], choices: new Map() };

/** The same object for the same choices: panels ask again when it changes. */
function keptChoices(value: Resolved, last = none): Resolved {
  const isSame = JSON.stringify([...value.choices]) === JSON.stringify([...last.choices]);
  return isSame ? { ...value, choices: last.choices } : value;
}

/** In the order of the board, because the query of one may name those before it. */
async function resolve(
  list: readonly Variable[],
  wanted: View['variables'],
  range: TimeRange,
  signal: AbortSignal,
): Promise<Resolved> {
  const choices = new Map<string, Choice>();
  const variables: ResolvedVariable[] = [];
  for (const variable of list) {
    const options = await optionsOf(variable, choices, range, signal);
    const chosen = choose(variable, options, wanted[variable.name]);
    const everything = { values: [], raw: variable.allValue, text: 'All' };
    const picked = variable.type === 'interval' ? interval(variable, chosen[0], range) : { values: chosen };
    choices.set(variable.name, chosen.includes(all) ? everything : picked);
    variables.push({ variable, options, chosen });
  }
  return { variables, choices };
}

async function optionsOf(variable: Variable, choices: Choices, range: TimeRange, signal: AbortSignal) {
  if (variable.type === 'datasource') return ['Prometheus'];
  if (variable.type === 'interval') return [...(variable.auto ? [auto] : []), ...String(variable.query).split(',')];
  const query = labelQuery(variable);
  if (query === undefined) return [];
  const [start, end] = [range.from.valueOf() / 1000, range.to.valueOf() / 1000];
  const parameters = { 'match[]': interpolator(choices)(query.selector), start, end };
  const values = await askPrometheus<string[]>(`label/${query.label}/values`, parameters, signal);
  return values.toSorted((a, b) => a.localeCompare(b, 'en'));
}

/** As Grafana computes it: a share of the time range, rounded, and not less than the variable says. */
function interval({ auto_count = 30, auto_min = '10s' }: Variable, chosen = auto, range: TimeRange): Choice {
  const value = chosen === auto ? rangeUtil.calculateInterval(range, auto_count, auto_min).interval : chosen;
  return { values: [value], raw: value };
}

function choose({ multi, includeAll, current }: Variable, options: readonly string[], wanted: readonly string[] = []) {
  for (const candidate of [wanted, [current?.value ?? []].flat()]) {
    if (includeAll && candidate.includes(all)) return [all];
    const valid = candidate.filter((value) => options.includes(value));
    if (valid.length > 0) return multi ? valid : valid.slice(0, 1);
  }
  return includeAll ? [all] : options.slice(0, 1);
}
