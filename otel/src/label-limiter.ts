import type { Attributes } from '@opentelemetry/api';
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics';
import type { CatalogueMetric, Label } from './catalogue.ts';

/** Any value outside its label's set, and any label set that no longer fits. */
const OTHER = 'other';

/** The value of an optional label that a measurement does not have. */
const MISSING = '';

/**
 * Marks the series that holds what a full metric could no longer tell apart, as the specification names it.
 * https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute
 */
const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });

/** Label sets a metric may have over the life of a process, by its kind. A histogram's set costs up to 14 lines. */
export const defaultLabelSets = { histogram: 60, counter: 500, gauge: 500 } as const;

export interface LimiterOptions {
  /** Turns a raw value of a pseudonymous label into what may leave the process. */
  readonly pseudonymise: (value: string) => string;
  /** Called once per measurement whose labels were changed to fit. */
  readonly onFold?: (() => void) | undefined;
  /** Label sets over the life of the process. */
  readonly maxLabelSets?: number | undefined;
}

/**
 * The attribute processor of a catalogue metric's view, so that no code path goes round it: unknown labels are dropped,
 * unknown values become `other`, user ids become pseudonyms, and the number of label sets is bounded for the life of
 * the process (the SDK's own limit is per collection). A full metric gives up the user first, so that totals by the other labels stay exact.
 */
export class LabelLimiter implements IAttributesProcessor {
  readonly #labels: readonly (readonly [string, Label])[];
  readonly #options: LimiterOptions;
  /** Distinct values admitted, per open label. */
  readonly #admitted = new Map<string, Map<string, string>>();
  readonly #sets = new Map<string, Attributes>();
  readonly #maxLabelSets: number;
  /** Sets kept free for those without a user, so that there is always a place to fold to. */
  readonly #reserve: number;

  constructor(metric: CatalogueMetric, options: LimiterOptions) {
    this.#labels = Object.entries(metric.labels);
    this.#options = options;
    this.#maxLabelSets = options.maxLabelSets ?? defaultLabelSets[metric.kind];
    const folding = this.#labels.some(([, label]) => isPseudonymous(label));
    const setsWithoutUser = this.#labels.reduce((product, [, label]) => product * size(label), 1);
    this.#reserve = folding ? Math.min(setsWithoutUser, Math.floor(this.#maxLabelSets / 2)) : 0;
  }

  process(incoming: Attributes): Attributes {
    const values = this.#labels.map(([name, label]) => this.#valueOf(name, label, incoming[name]));
    const known = this.#sets.get(keyOf(values));
    if (known !== undefined) return known;
    const folded = this.#labels.map(([, label], index) => (isPseudonymous(label) ? OTHER : (values[index] as string)));
    const userless = keyOf(values) === keyOf(folded);
    const admitted = this.#admit(values, userless ? this.#maxLabelSets : this.#maxLabelSets - this.#reserve);
    if (admitted !== undefined) return admitted;
    this.#options.onFold?.();
    return this.#admit(folded, this.#maxLabelSets) ?? OVERFLOW;
  }

  /** The label set's own object, the same each time, or nothing when it is new and `limit` sets exist. */
  #admit(values: readonly string[], limit: number): Attributes | undefined {
    const key = keyOf(values);
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    if (this.#sets.size >= limit) return undefined;
    const attributes: Attributes = {};
    this.#labels.forEach(([label], index) => {
      if (values[index] !== MISSING) attributes[label] = values[index];
    });
    Object.freeze(attributes);
    this.#sets.set(key, attributes);
    return attributes;
  }

  #valueOf(name: string, label: Label, raw: unknown): string {
    const value = typeof raw === 'string' ? raw : typeof raw === 'boolean' || Number.isFinite(raw) ? String(raw) : '';
    if (value === '' && isOptional(label)) return MISSING;
    if ('values' in label) return label.values.includes(value) ? value : OTHER;
    const admitted = this.#admitted.get(name) ?? new Map<string, string>();
    this.#admitted.set(name, admitted);
    const known = admitted.get(value);
    if (known !== undefined) return known;
    if (value === '' || admitted.size >= label.limit) return OTHER;
    const shown = label.pseudonym ? this.#options.pseudonymise(value) : printable(value);
    admitted.set(value, shown);
    return shown;
  }
}

function isPseudonymous(label: Label): boolean {
  return 'pseudonym' in label && label.pseudonym === true;
}

function isOptional(label: Label): boolean {
  return 'optional' in label && label.optional === true;
}

/** Values a label can show, `other` included, not counting users. */
function size(label: Label): number {
  if ('values' in label) return label.values.length;
  return isPseudonymous(label) ? 1 : label.limit + 1;
}

function keyOf(values: readonly string[]): string {
  return values.join('\u0000');
}

/** Longest label value kept, in UTF-16 code units; longer ones say nothing to a reader of a dashboard. */
const maxValueLength = 64;

/** Names as models, routes and error types have them. No `@`: an e-mail address is never a label value. */
const name = /^[\w./:*+-]+$/;

function printable(value: string): string {
  return value.length <= maxValueLength && name.test(value) ? value : OTHER;
}
