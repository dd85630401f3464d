// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What is chosen of a variable: values that become a regular expression in a query. */
export interface Choice {
  readonly values: readonly string[];
  /** Put into queries unchanged, such as `.*` for all. */
  readonly raw?: string | undefined;
  /** For people, when it is not the values. */
  readonly text?: string | undefined;
}

export type Choices = ReadonlyMap<string, Choice>;

/** The part of Grafana's `InterpolateFunction` that is used; its package is not there where tests read this. */
type Interpolate = (
  text?: string,
  scoped?: Readonly<Record<string, { readonly value: unknown } | undefined>>,
  format?: unknown,
) => string;

const reference = /\$(\w+)|\$\{([\w.]+)\}/g;

/** Where a value stands that was clicked: the scoped variable `__dataContext` of a link. */
interface Place {
  readonly frame: { readonly fields: readonly FieldOfRow[] };
  readonly field: FieldOfRow;
  readonly rowIndex?: number;
}

interface FieldOfRow {
  readonly name: string;
  readonly config: { readonly displayName?: string };
  readonly values: readonly unknown[];
}

/** `__value.raw` and `__data.fields.<column>` of the row that was clicked. */
function inRow(name: string, { frame, field, rowIndex = 0 }: Place): string | undefined {
  const [, column] = /^__data\.fields\.(\w+)$/.exec(name) ?? [];
  const found = frame.fields.find((one) => one.name === column || one.config.displayName === column);
  const value = name === '__value.raw' ? field.values[rowIndex] : found?.values[rowIndex];
  return value === undefined ? undefined : encodeURIComponent(String(value));
}

/**
 * Fills in variables; other text stays unchanged. Values go in as PromQL needs them, or with the format `text` as people read
 * them. Scoped variables, such as the interval of a query, come before those of the board.
 */
export function interpolator(choices: Choices): Interpolate {
  return (text = '', scoped, format) =>
    text.replace(reference, (all, plain?: string, braced?: string) => {
      const name = plain ?? braced ?? '';
      const place = scoped?.__dataContext?.value as Place | undefined;
      const ofRow = place && inRow(name, place);
      if (ofRow !== undefined) return ofRow;
      const inScope = scoped?.[name];
      if (inScope !== undefined) return String(inScope.value);
      const choice = choices.get(name);
      if (choice === undefined) return all;
      return format === 'text' ? (choice.text ?? choice.values.join(' + ')) : inQuery(choice);
    });
}

/** As Grafana's Prometheus data source writes it. */
function inQuery({ values, raw }: Choice): string {
  const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&').replace(/[\\"]/g, '\\$&'));
  return raw ?? (escaped.length === 1 ? String(escaped[0]) : `(${escaped.join('|')})`);
}
