// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type CatalogueMetric, catalogue } from './catalogue.ts';

/**
 * The metrics an application defines itself. The preload and the application hold copies of their own of this code, so they
 * meet on a global symbol: every instrument of a defined name, created in any way, meets the definition's view.
 */
const key: unique symbol = Symbol.for('onyx.metrics.definitions') as never;
const scope = globalThis as { [key]?: Map<string, CatalogueMetric> };
scope[key] ??= new Map();
const definitions = scope[key];

export function define(name: string, metric: CatalogueMetric): void {
  definitions.set(name, metric);
}

/** What an application defined under `name`; nothing for the catalogue's own metrics. */
export function definitionOf(name: string): CatalogueMetric | undefined {
  return definitions.get(name);
}

/** The catalogue's metrics and all defined ones. */
export function declaredMetrics(): [name: string, metric: CatalogueMetric][] {
  return [...Object.entries<CatalogueMetric>(catalogue), ...definitions];
}
