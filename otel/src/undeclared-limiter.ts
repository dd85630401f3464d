// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { type LimiterOptions, OVERFLOW } from './label-limiter.ts';
import { isHarmless } from './personal-data.ts';

/** Labels of a measurement kept; nobody reads a series with more. */
const maxLabels = 10;

/** Values and label sets remembered, so that they are not checked for every measurement. */
const maxRemembered = 1_000;

const labelName = /^[a-zA-Z][\w.]*$/;

/** What the exposition says itself; a second one makes all of it unreadable. */
const reserved = /^(le|quantile|job|instance|service|__.*|otel_scope_.*)$/;

const userLabel = /^(enduser|user)_?id$/;

/**
 * The attribute processor of an instrument nobody declared: its labels are not known, so every value is checked, user ids
 * become pseudonyms, names that Prometheus could not read are dropped, and a full metric goes on in the overflow series.
 */
export class UndeclaredLimiter implements IAttributesProcessor {
  readonly #options: LimiterOptions;
  readonly #maxSets: number;
  readonly #sets = new Map<string, Attributes>();
  readonly #shown = new Map<unknown, string>();

  constructor(maxSets: number, options: LimiterOptions) {
    this.#options = options;
    this.#maxSets = maxSets;
  }

  process(incoming: Attributes): Attributes {
    const labels: [name: string, value: string][] = [];
    const taken = new Set<string>();
    for (const name of Object.keys(incoming).sort()) {
      const [exposed, raw] = [name.replaceAll('.', '_'), incoming[name]];
      const readable = labelName.test(name) && !reserved.test(exposed) && !taken.has(exposed);
      if (raw === undefined || !readable || taken.size >= maxLabels) continue;
      taken.add(exposed);
      labels.push([name, userLabel.test(exposed) ? this.#options.users.show(textOf(raw)) : this.#show(raw)]);
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

  #show(raw: unknown): string {
    const known = this.#shown.get(raw);
    if (known !== undefined) return known;
    const value = textOf(raw);
    const shown = isHarmless(value) ? value : 'other';
    if (this.#shown.size >= maxRemembered) this.#shown.clear();
    this.#shown.set(raw, shown);
    return shown;
  }
}

/** Nothing of an object, which may not even be one that can be read. */
function textOf(raw: unknown): string {
  return typeof raw === 'object' ? '' : String(raw);
}
