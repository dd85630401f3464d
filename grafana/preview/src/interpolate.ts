// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  type DataFrame,
  type Field,
  getFieldDisplayName,
  type InterpolateFunction,
  type ScopedVars,
} from '@grafana/data';

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

const reference = /\$(\w+)|\$\{([\w.[\]"' -]+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]/g;

/**
 * Fills in variables; what is none stays as it is. Values go in as PromQL needs them unless the text or the caller names a format.
 * `texts` go in as they are, such as the time range for links.
 */
export function interpolator(choices: Choices, texts: Readonly<Record<string, string>> = {}): InterpolateFunction {
  return (text = '', scoped, format) =>
    text.replace(reference, (all, plain, braced, bracedFormat, bracketed, bracketedFormat) => {
      const name: string = plain ?? braced ?? bracketed;
      const value = texts[name] ?? fromData(name, scoped);
      if (value !== undefined) return value;
      const choice = choices.get(name);
      if (choice === undefined) return all;
      return formatted(name, choice, bracedFormat ?? bracketedFormat ?? format);
    });
}

function formatted(name: string, choice: Choice, format: unknown): string {
  const { values } = choice;
  switch (format) {
    case 'raw':
    case 'csv':
      return values.join(',');
    case 'text':
      return choice.text ?? values.join(' + ');
    case 'pipe':
      return values.join('|');
    case 'queryparam':
      return values.map((value) => `var-${name}=${encodeURIComponent(value)}`).join('&');
    case 'percentencode':
      return encodeURIComponent(values.join(','));
    default:
      return inQuery(choice, format === 'regex');
  }
}

/** As Grafana's Prometheus data source writes it: a string's content, or a regular expression's. */
function inQuery({ values, isRegex, raw }: Choice, wantsRegex: boolean): string {
  if (raw !== undefined) return raw;
  if (!isRegex && !wantsRegex) return values.map((value) => value.replace(/[\\"]/g, '\\$&')).join('');
  const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&').replaceAll('"', '\\"'));
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}

interface DataContext {
  readonly field?: Field;
  readonly frame?: DataFrame;
  readonly rowIndex?: number;
}

/** Links and names of fields may speak of the data they belong to. */
function fromData(name: string, scoped: ScopedVars | undefined): string | undefined {
  const direct = scoped?.[name];
  if (direct !== undefined && name !== '__dataContext') return String(direct.value);
  const context = scoped?.__dataContext?.value as DataContext | undefined;
  const label = /^__field\.labels\.(\w+)$/.exec(name)?.[1];
  if (label !== undefined) return context?.field?.labels?.[label] ?? '';
  const { field, frame, rowIndex = 0 } = context ?? {};
  const column = /^__data\.fields(?:\.(\w+)|\["?([^"\]]+)"?\])$/.exec(name);
  if (column) {
    const wanted = column[1] ?? column[2];
    const named = frame?.fields.find((candidate) => getFieldDisplayName(candidate, frame) === wanted);
    return String(named?.values[rowIndex] ?? '');
  }
  switch (name) {
    case '__field.name':
    case '__field.displayName':
    case '__series.name':
      return field && (field.state?.displayName ?? field.config.displayNameFromDS ?? field.name);
    case '__value.raw':
      return field && String(field.values[rowIndex] ?? '');
    case '__value.text':
      return field?.display?.(field.values[rowIndex]).text;
    default:
      return undefined;
  }
}
