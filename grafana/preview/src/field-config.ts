// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  type DataFrame,
  FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  type FieldOverrideContext,
  type GrafanaTheme2,
  type InterpolateFunction,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import type { Panel } from './dashboard.ts';
import { transformations } from './support.ts';

type Process = FieldConfigPropertyItem['process'];

const asIs: Process = (value) => value;
const asNumber: Process = (value) => (value === undefined || value === null ? undefined : Number(value));
const asText: Process = (value, { replaceVariables, field }: FieldOverrideContext) =>
  typeof value === 'string' ? (replaceVariables?.(value, field?.state?.scopedVars) ?? value) : value;

/** Grafana fills its registry of field settings in its core; unfilled, overrides are ignored without a word. */
const standard: Readonly<Record<string, Process>> = {
  displayName: asText,
  description: asText,
  unit: asIs,
  min: asNumber,
  max: asNumber,
  fieldMinMax: asIs,
  decimals: asNumber,
  noValue: asText,
  thresholds: asIs,
  mappings: asIs,
  color: asIs,
  filterable: asIs,
};

export function registerTransformers(): void {
  const known = Object.values(standardTransformers).filter(({ id }) => transformations.includes(id));
  // One of them is listed twice.
  const byId = new Map(known.map((transformer) => [transformer.id, transformer]));
  standardTransformersRegistry.setInit(() =>
    [...byId.values()].map((transformation) => ({
      id: transformation.id,
      name: transformation.name,
      transformation: () => Promise.resolve(transformation),
      editor: () => null,
      imageDark: '',
      imageLight: '',
    })),
  );
}

export interface FieldSettings {
  readonly source: FieldConfigSource;
  readonly replace: InterpolateFunction;
  readonly theme: GrafanaTheme2;
}

/** The frames after the transformations of the panel. */
export async function transformed(
  frames: DataFrame[],
  panel: Panel,
  interpolate: InterpolateFunction,
): Promise<DataFrame[]> {
  const steps = (panel.transformations ?? []).map(({ id, disabled, options }) => ({ id, disabled, options }));
  return steps.length > 0 ? lastValueFrom(transformDataFrame(steps, frames, { interpolate })) : frames;
}

/** The frames with units, names, colours and limits. */
export function withFieldSettings(frames: DataFrame[], { source, replace, theme }: FieldSettings): DataFrame[] {
  const shaped = applyFieldOverrides({
    data: frames,
    fieldConfig: source,
    fieldConfigRegistry: registryFor(source),
    replaceVariables: replace,
    theme,
    timeZone: 'browser',
  });
  // Names may come from overrides, so they are known only now.
  cacheFieldDisplayNames(shaped);
  return shaped;
}

/** The standard settings and whatever custom ones this source sets. */
function registryFor({ defaults, overrides }: FieldConfigSource): FieldConfigOptionsRegistry {
  const custom = new Set(Object.keys((defaults.custom as object | undefined) ?? {}));
  for (const { id } of overrides.flatMap(({ properties }) => properties)) {
    if (id.startsWith('custom.')) custom.add(id.slice('custom.'.length));
  }
  const registry = new FieldConfigOptionsRegistry();
  for (const [id, process] of Object.entries(standard)) registry.register(item(id, id, process, false));
  for (const path of custom) registry.register(item(`custom.${path}`, path, asIs, true));
  return registry;
}

function item(id: string, path: string, process: Process, isCustom: boolean): FieldConfigPropertyItem {
  const editor = () => null;
  return { id, path, name: id, editor, override: editor, process, shouldApply: () => true, isCustom };
}
