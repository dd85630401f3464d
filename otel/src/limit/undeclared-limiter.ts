// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { defaultUsers } from '../catalogue/catalogue.ts';
import { type LimiterOptions, OVERFLOW } from './label-limiter.ts';
import { isHarmless, personalKind } from './personal-data.ts';
import { isPersonalLabel } from './personal-labels.ts';

/** Labels of a measurement kept: a series with more is unreadable. */
const maxLabels = 10;

/** Names, values and people remembered, so that they are not checked for every measurement. */
const maxRemembered = 1_000;

const labelName = /^[a-zA-Z][\w.]*$/;

/** What the exposition says itself; a second one makes all of it unreadable. */
const reserved = /^(le|quantile|job|instance|service|__.*|otel_scope_.*)$/;

/** What is known of a label by its name alone; nothing when it cannot be shown. */
type Named = { readonly exposed: string; readonly personal: boolean } | undefined;

/**
 * The attribute processor of an undeclared instrument. Its labels are not known, so every value is checked: labels that name people become
 * pseudonyms, and names that Prometheus could not read are dropped. A full metric goes on in the overflow series.
 */
export class UndeclaredLimiter implements IAttributesProcessor {
  readonly #options: LimiterOptions;
  readonly #maxSets: number;
  readonly #sets = new Map<string, Attributes>();
  readonly #names = new Map<string, Named>();
  readonly #shown = new Map<unknown, string>();
  readonly #people = new Map<string, string>();
  readonly #admitted = new Set<string>();

  constructor(maxSets: number, options: LimiterOptions) {
    this.#options = options;
    this.#maxSets = maxSets;
  }

  process(incoming: Attributes): Attributes {
    const labels: [name: string, value: string][] = [];
    const taken = new Set<string>();
    for (const name of Object.keys(incoming).sort()) {
      const [named, raw] = [this.#named(name), incoming[name]];
      if (raw === undefined || named === undefined || taken.has(named.exposed) || taken.size >= maxLabels) continue;
      taken.add(named.exposed);
      labels.push([name, named.personal && typeof raw !== 'boolean' ? this.#pseudonym(textOf(raw)) : this.#show(raw)]);
    }
    const key = JSON.stringify(labels);
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    if (this.#sets.size >= this.#maxSets - 1) {
      this.#options.onFold?.();
      return OVERFLOW;
    }
    const set = Object.freeze(Object.fromEntries(labels));
    this.#sets.set(key, set);
    return set;
  }

  #named(name: string): Named {
    const known = this.#names.get(name);
    if (known !== undefined || this.#names.has(name)) return known;
    const exposed = name.replaceAll('.', '_');
    const readable = labelName.test(name) && !reserved.test(exposed) && personalKind(name) === undefined;
    return remember(this.#names, name, readable ? { exposed, personal: isPersonalLabel(name) } : undefined);
  }

  #show(raw: unknown): string {
    const known = this.#shown.get(raw);
    if (known !== undefined) return known;
    const value = textOf(raw);
    return remember(this.#shown, raw, isHarmless(value) ? value : 'other');
  }

  /** As many as a declared label would show. */
  #pseudonym(raw: string): string {
    const { users } = this.#options;
    const shown = this.#people.get(raw) ?? remember(this.#people, raw, users.show(raw));
    if (this.#admitted.has(shown)) return shown;
    if (this.#admitted.size >= (users.max ?? defaultUsers)) return 'other';
    this.#admitted.add(shown);
    return shown;
  }
}

function remember<Key, Value>(known: Map<Key, Value>, key: Key, value: Value): Value {
  if (known.size >= maxRemembered) known.clear();
  known.set(key, value);
  return value;
}

/** Nothing of an object, which may not even be one that can be read. */
function textOf(raw: unknown): string {
  return typeof raw === 'object' ? '' : String(raw);
}
