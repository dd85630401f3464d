// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics';
import {
  type Detail,
  errorType,
  foldingPlaces,
  placeOf,
  type SetLimits,
  setLimits,
  sized,
} from '../catalogue/budget.ts';
import type { CatalogueMetric, Label } from '../catalogue/catalogue.ts';
import { isHarmless } from './personal-data.ts';
import type { Users } from './pseudonym.ts';

/** Any value outside its label's set, and what a label shows that was folded. */
const OTHER = 'other';

/** The value of an optional label that a measurement does not have. */
const MISSING = '';

/** Between the values in the key of a label set; no value holds it. */
const SEPARATOR = '\u0000';

/**
 * Marks the series that holds what a full metric could no longer tell apart, as the specification names it.
 * https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute
 */
export const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });

export interface LimiterOptions {
  /** What is shown of a raw value of a pseudonymous label. */
  readonly users: Users;
  /** `ONYX_DETAIL`. */
  readonly detail?: Detail['factor'];
  /** Called once per measurement whose labels were changed to fit. */
  readonly onFold?: (() => void) | undefined;
}

/**
 * The attribute processor of a declared metric's view, so that no code path goes round it. Unknown labels are dropped, unknown values
 * become `other`, and user ids become pseudonyms. The number of label sets is bounded for the life of the process (the SDK's own limit is
 * per collection). A full metric folds its labels one after another, in the order of the catalogue, so that totals by the others stay
 * exact; only then comes the overflow series. Nothing is lost.
 */
export class LabelLimiter implements IAttributesProcessor {
  readonly #labels: readonly ShownLabel[];
  readonly #onFold: (() => void) | undefined;
  readonly #limits: SetLimits;
  readonly #places: readonly number[];
  /** Label sets shown, by their values. */
  readonly #sets = new Map<string, Attributes>();
  /** What was decided about raw values, a level for each label: finding it again takes no new string. */
  #decided: Branch = new Map();
  #decisions = 0;

  constructor(declared: CatalogueMetric, { users, detail, onFold }: LimiterOptions) {
    const metric = sized(declared, { users: users.max, factor: detail });
    this.#labels = Object.entries<Label>(metric.labels).map(([name, label]) => new ShownLabel(name, label, users));
    this.#onFold = onFold;
    this.#limits = setLimits(metric);
    this.#places = foldingPlaces(Object.values(metric.labels));
  }

  process(incoming: Attributes): Attributes {
    let found: Branch | Decision = this.#decided;
    for (const { name } of this.#labels) {
      const next: Branch | Decision | undefined = (found as Branch).get(incoming[name]);
      if (next === undefined) {
        found = this.#decide(incoming);
        break;
      }
      found = next;
    }
    const { shown, folded } = found instanceof Map ? this.#decide(incoming) : found;
    if (folded) this.#onFold?.();
    return shown;
  }

  #decide(incoming: Attributes): Decision {
    const raw = this.#labels.map(({ name }) => incoming[name]);
    const values = this.#labels.map((label, index) => label.show(raw[index]));
    const admitted = this.#admit(values.map(({ value }) => value));
    const decision = { shown: admitted.shown, folded: admitted.folded || values.some(({ limited }) => limited) };
    if (raw.length === 0 || raw.some(isLong)) return decision;
    if (this.#decisions++ >= maxDecisions) {
      this.#decided = new Map();
      this.#decisions = 1;
    }
    let branch = this.#decided;
    for (const value of raw.slice(0, -1)) {
      const next = (branch.get(value) as Branch | undefined) ?? new Map();
      branch.set(value, next);
      branch = next;
    }
    branch.set(raw.at(-1), decision);
    return decision;
  }

  /** The label set of `values`, or what it folds into: no more labels are given up than have to be. */
  #admit(values: readonly string[]): Decision {
    const key = values.join(SEPARATOR);
    const { room, forFailures } = this.#limits;
    const failed = this.#labels.some(({ name }, index) => name === errorType && values[index] !== MISSING);
    let shown = values;
    for (const [level, places] of room.entries()) {
      const next = this.#folded(shown, this.#places[level]);
      const shownKey = shown.join(SEPARATOR);
      // What folds into itself has the room of what it would fold into.
      const isLast = level === this.#places.length;
      if (!isLast && next.join(SEPARATOR) === shownKey) continue;
      const folded = shownKey !== key;
      const known = this.#sets.get(shownKey);
      if (known !== undefined) return { shown: known, folded };
      const free = failed || isLast ? places : places - forFailures;
      if (this.#sets.size < free) return { shown: this.#add(shownKey, shown), folded };
      shown = next;
    }
    return { shown: OVERFLOW, folded: true };
  }

  /** Without the label of one place. What has no value of it is no other one: a call that did not fail has not failed in another way. */
  #folded(values: readonly string[], place: number | undefined): readonly string[] {
    return values.map((value, index) => {
      const label = this.#labels[index];
      return label === undefined || label.place !== place || value === MISSING ? value : label.fold(value);
    });
  }

  /** The same object each time, so that recording allocates no label sets. */
  #add(key: string, values: readonly (string | undefined)[]): Attributes {
    const attributes: Attributes = {};
    this.#labels.forEach(({ name }, index) => {
      if (values[index] !== MISSING) attributes[name] = values[index];
    });
    Object.freeze(attributes);
    this.#sets.set(key, attributes);
    return attributes;
  }
}

interface Decision {
  readonly shown: Attributes;
  readonly folded: boolean;
}
type Branch = Map<unknown, Branch | Decision>;

/** Combinations of raw values remembered; when there are more, all are forgotten and decided again, with the same results. */
const maxDecisions = 2_000;

/** Whether a raw value would take too much memory to be remembered; arrays never come again as the same object. */
function isLong(raw: unknown): boolean {
  return typeof raw === 'string' ? raw.length > 256 : typeof raw === 'object';
}

interface ShownValue {
  readonly value: string;
  /** Whether only the label's limit made it `other`. */
  readonly limited: boolean;
}

const status = /^[1-5](\d\d|xx)$/;

/** One label of a metric: what it shows of a raw value, and what becomes of that when it folds. */
class ShownLabel {
  readonly name: string;
  readonly place: number;
  readonly #toClass: boolean;
  readonly #limit: number;
  readonly #admitted: Set<string>;
  readonly #missing: string;
  readonly #convert: (value: string) => string;

  constructor(name: string, label: Label, users: Users) {
    this.name = name;
    this.place = placeOf(label);
    this.#toClass = 'limit' in label && label.foldsToClass === true;
    this.#missing = label.optional ? MISSING : OTHER;
    if ('values' in label) {
      this.#admitted = new Set(label.values);
      this.#limit = this.#admitted.size;
      this.#convert = (value) => (this.#admitted.has(value) ? value : OTHER);
    } else {
      this.#admitted = new Set();
      this.#limit = label.limit;
      this.#convert = label.pseudonym ? users.show : (value) => (isHarmless(value) ? value : OTHER);
    }
  }

  fold(value: string): string {
    return this.#toClass && status.test(value) ? `${value[0]}xx` : OTHER;
  }

  show(raw: unknown): ShownValue {
    const value = typeof raw === 'string' ? raw : typeof raw === 'boolean' || Number.isFinite(raw) ? String(raw) : '';
    if (value === '') return { value: this.#missing, limited: false };
    const shown = this.#convert(value);
    if (shown === OTHER || this.#admitted.has(shown)) return { value: shown, limited: false };
    const limited = this.#admitted.size >= this.#limit;
    if (!limited) this.#admitted.add(shown);
    return { value: limited ? OTHER : shown, limited };
  }
}
