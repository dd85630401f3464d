// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { InterpolateFunction } from '@grafana/data';

/** A chosen value of a variable: what it stands for in a query, and in an address. */
export interface Choice {
  readonly values: readonly string[];
  /** Whether several may be chosen, which makes it a regular expression in a query. */
  readonly isRegex: boolean;
  /** Put into queries as it is, such as `.*` for all. */
  readonly raw?: string | undefined;
  /** For people, when it is not the values. */
  readonly text?: string | undefined;
}

export type Choices = ReadonlyMap<string, Choice>;

const reference = /\$(\w+)|\$\{(\w+)\}/g;

/**
 * Fills in variables; what is none stays as it is. Values go in as PromQL needs them, or with the format `text` as people read
 * them. Scoped variables, such as the interval of a query, come before those of the board.
 */
export function interpolator(choices: Choices): InterpolateFunction {
  return (text = '', scoped, format) =>
    text.replace(reference, (all, plain?: string, braced?: string) => {
      const name = plain ?? braced ?? '';
      const inScope = scoped?.[name];
      if (inScope !== undefined) return String(inScope.value);
      const choice = choices.get(name);
      if (choice === undefined) return all;
      return format === 'text' ? (choice.text ?? choice.values.join(' + ')) : inQuery(choice);
    });
}

/** As Grafana's Prometheus data source writes it: a string's content, or a regular expression's. */
function inQuery({ values, isRegex, raw }: Choice): string {
  if (raw !== undefined) return raw;
  if (!isRegex) return values.map((value) => value.replace(/[\\"]/g, '\\$&')).join('');
  const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&').replaceAll('"', '\\"'));
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}
