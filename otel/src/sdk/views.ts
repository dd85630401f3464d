// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { MeterProvider as ApiMeterProvider } from '@opentelemetry/api';
import {
  AggregationType,
  type IAttributesProcessor,
  InstrumentType,
  MeterProvider,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { definitionOf } from '../catalogue/application-metrics.ts';
import { defaultLabelSets } from '../catalogue/budget.ts';
import { type CatalogueMetric, catalogue } from '../catalogue/catalogue.ts';
import { LabelLimiter, type LimiterOptions } from '../limit/label-limiter.ts';
import { personalKind } from '../limit/personal-data.ts';
import { UndeclaredLimiter } from '../limit/undeclared-limiter.ts';

export interface ViewsOptions extends Pick<LimiterOptions, 'users' | 'detail'> {
  /** Called with the metric's name, once per measurement whose labels no longer fitted. */
  readonly onFold?: (metric: string) => void;
}

/**
 * One view per catalogue metric, selected by its exact name: two views that match one instrument count everything
 * twice, so none of them has a wildcard.
 */
export function catalogueViews(options: ViewsOptions): ViewOptions[] {
  return Object.entries<CatalogueMetric>(catalogue).map(([name, metric]) => declaredView(name, metric, options));
}

function declaredView(name: string, metric: CatalogueMetric, options: ViewsOptions): ViewOptions {
  return {
    instrumentName: name,
    description: metric.description,
    attributesProcessors: [new LabelLimiter(metric, limiterOptions(name, options))],
    ...(metric.kind === 'histogram' && {
      aggregation: {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { boundaries: [...metric.boundaries], recordMinMax: false },
      },
    }),
  };
}

function limiterOptions(name: string, { users, detail, onFold }: ViewsOptions): LimiterOptions {
  return { users, ...(detail !== undefined && { detail }), onFold: onFold && (() => onFold(name)) };
}

interface Instrument {
  readonly name: string;
  readonly description: string;
  readonly type: InstrumentType;
}
type View = object;

/**
 * What is used of the SDK's insides: it takes views only when it is made, and the application defines its metrics later.
 * The SDK is pinned and bundled, so this cannot change unnoticed; define-metrics.test.ts fails when it does.
 */
interface ProviderInternals {
  readonly _sharedState: { readonly viewRegistry: { findViews(instrument: Instrument, meter: object): View[] } };
}

function registryOf(provider: MeterProvider): ProviderInternals['_sharedState']['viewRegistry'] {
  return (provider as unknown as ProviderInternals)._sharedState.viewRegistry;
}

/**
 * Gives every instrument that `provider` has no view for exactly one, when it is created: its definition's, or one that
 * checks undeclared ones. So no instrument goes round the limits and pseudonyms. Does nothing to a provider that is not the SDK's,
 * such as the one there is without an exporter of metrics.
 */
export function viewAllOthers(provider: ApiMeterProvider, options: ViewsOptions): void {
  if (!('_sharedState' in provider)) return;
  const registry = registryOf(provider as unknown as MeterProvider);
  const findGiven = registry.findViews.bind(registry);
  const made = new Map<string, { readonly definition: CatalogueMetric | undefined; readonly views: View[] }>();
  registry.findViews = (instrument, meter) => {
    const given = findGiven(instrument, meter);
    if (given.length > 0) return given;
    const { name } = instrument;
    const definition = definitionOf(name);
    const known = made.get(name);
    if (known !== undefined && known.definition === definition) return known.views;
    const view = definition ? declaredView(name, definition, options) : undeclaredView(instrument, options);
    // The SDK exports no class of views: a provider that is used for nothing else makes this one.
    const views = registryOf(new MeterProvider({ views: [view] })).findViews(instrument, meter);
    made.set(name, { definition, views });
    return views;
  };
}

function undeclaredView({ name, type, description }: Instrument, options: ViewsOptions): ViewOptions {
  const maxSets = defaultLabelSets[type === InstrumentType.HISTOGRAM ? 'histogram' : 'counter'];
  const limiter: IAttributesProcessor = new UndeclaredLimiter(maxSets, limiterOptions(name, options));
  // What made a name of an address or a key is a series for each: none of them can be shown.
  const aggregation = personalKind(name) === undefined ? undefined : { type: AggregationType.DROP as const };
  return {
    instrumentName: name,
    attributesProcessors: [limiter],
    ...(personalKind(description) !== undefined && { description: '' }),
    ...(aggregation !== undefined && { aggregation }),
  };
}
