// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  applyFieldOverrides,
  type ConfigOverrideRule,
  cacheFieldDisplayNames,
  type DataFrame,
  type DataTransformContext,
  type DataTransformerInfo,
  FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  type GrafanaTheme2,
  type InterpolateFunction,
  identityOverrideProcessor,
  standardTransformers,
  ThresholdsMode,
  transformDataFrame,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import type { Panel } from './dashboard.ts';
import type { Adapter } from './panels/adapter.ts';
import { fieldSettings } from './support.ts';

/** The panel's settings on top of those of its type; `shown`: the only series a click in the legend left. */
export function fieldConfig(panel: Panel, adapter: Adapter | undefined, shown: readonly string[]): FieldConfigSource {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const others = {
    matcher: { id: 'byNames', options: { mode: 'exclude', names: shown } },
    properties: [{ id: 'custom.hideFrom', value: { viz: true, legend: false, tooltip: true } }],
  };
  return {
    defaults: {
      thresholds,
      ...adapter?.field,
      ...restored(structuredClone(defaults)),
      custom: { ...adapter?.field?.custom, ...defaults.custom },
    },
    overrides: [...(overrides as ConfigOverrideRule[]), ...(shown.length > 0 ? [others] : [])],
  };
}

/** With the lowest step of the thresholds where it begins, which JSON cannot say. */
function restored(defaults: NonNullable<Panel['fieldConfig']>['defaults']): object {
  for (const step of defaults.thresholds?.steps ?? []) step.value ??= Number.NEGATIVE_INFINITY;
  return defaults;
}

/** What Grafana assumes where a panel says nothing. */
const thresholds = {
  mode: ThresholdsMode.Absolute,
  steps: [
    { value: Number.NEGATIVE_INFINITY, color: 'green' },
    { value: 80, color: 'red' },
  ],
};

const transformers: Readonly<Record<string, DataTransformerInfo>> = {
  merge: standardTransformers.mergeTransformer,
  organize: standardTransformers.organizeFieldsTransformer,
  sortBy: standardTransformers.sortByTransformer,
};

/** The frames after the transformations of the panel. */
export function transformed(frames: DataFrame[], { transformations = [] }: Panel, interpolate: InterpolateFunction) {
  const steps = transformations.flatMap(({ id, options }) => {
    const { operator, defaultOptions } = transformers[id] ?? {};
    const all = { ...defaultOptions, ...(options as object) };
    return operator ? [(context: DataTransformContext) => operator(all, context)] : [];
  });
  return lastValueFrom(transformDataFrame(steps, frames, { interpolate }));
}

/** The frames with units, names, colours and limits. */
export function withFieldSettings(
  data: DataFrame[],
  fieldConfig: FieldConfigSource,
  replaceVariables: InterpolateFunction,
  theme: GrafanaTheme2,
): DataFrame[] {
  const fieldConfigRegistry = registryFor(fieldConfig);
  const shaped = applyFieldOverrides({
    ...{ data, fieldConfig, fieldConfigRegistry, replaceVariables, theme },
    timeZone: 'browser',
  });
  // Names may come from overrides, so they are known only now.
  cacheFieldDisplayNames(shaped);
  return shaped;
}

/** The settings this source may make. Grafana fills its registry in its core; unfilled, overrides are ignored without a word. */
function registryFor({ defaults, overrides }: FieldConfigSource): FieldConfigOptionsRegistry {
  const set = overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const custom = [...Object.keys(defaults.custom ?? {}).map((name) => `custom.${name}`), ...set];
  const registry = new FieldConfigOptionsRegistry();
  for (const id of new Set([...fieldSettings, ...custom])) registry.register(setting(id));
  return registry;
}

function setting(id: string): FieldConfigPropertyItem {
  const [editor, shouldApply, process] = [() => null, () => true, identityOverrideProcessor];
  const isCustom = id.startsWith('custom.');
  return { id, path: id.replace('custom.', ''), name: id, editor, override: editor, process, shouldApply, isCustom };
}
