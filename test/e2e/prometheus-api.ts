// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { Prometheus, type Rule } from '../../services/prometheus/prometheus.ts';

const names = z.array(z.string());
/** Tests have limits of their own. */
const forever = new AbortController().signal;

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What tests ask a running Prometheus, through the verifier's client: one value a series, and NaN where there is none. */
export class PrometheusApi {
  readonly #prometheus: Prometheus;

  constructor(url: string) {
    this.#prometheus = new Prometheus({ url }, forever);
  }

  /** An instant query's vector. */
  async query(expression: string): Promise<Sample[]> {
    const series = await this.#prometheus.query(expression);
    return series.map(({ labels, values: [value = Number.NaN] }) => ({ labels, value }));
  }

  /** The value of an expression that has one series, or NaN when it has none. */
  async scalar(expression: string): Promise<number> {
    return (await this.#prometheus.value(expression)) ?? Number.NaN;
  }

  /** Every value that any series has for a label, and every label there is. */
  async labels(): Promise<Map<string, string[]>> {
    const all = names.parse(await this.#prometheus.ask('labels'));
    const values = await Promise.all(all.map((name) => this.#prometheus.labelValues(name)));
    return new Map(all.map((name, index) => [name, values[index] ?? []]));
  }

  /** Values of a label, of the series that a selector selects. */
  values(label: string, selector: string): Promise<string[]> {
    return this.#prometheus.labelValues(label, selector);
  }

  /** Every rule and alert it evaluates, as of the last evaluation. */
  async rules(): Promise<Rule[]> {
    return (await this.#prometheus.ruleGroups()).flatMap(({ rules }) => rules);
  }

  /** The types that targets declare for a metric. */
  async types(metric: string): Promise<string[]> {
    return [...((await this.#prometheus.types()).get(metric) ?? [])];
  }
}
