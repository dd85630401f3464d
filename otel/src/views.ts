import { AggregationType, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { type CatalogueMetric, catalogue } from './catalogue.ts';
import { LabelLimiter, type LimiterOptions } from './label-limiter.ts';

export interface ViewsOptions extends Pick<LimiterOptions, 'users'> {
  /** Called with the metric's name, once per measurement whose labels no longer fitted. */
  readonly onFold?: (metric: string) => void;
}

/**
 * One view per catalogue metric, selected by its exact name: two views that match one instrument count everything
 * twice, so none of them has a wildcard.
 */
export function catalogueViews({ users, onFold }: ViewsOptions): ViewOptions[] {
  return Object.entries<CatalogueMetric>(catalogue).map(([name, metric]) => ({
    instrumentName: name,
    description: metric.description,
    attributesProcessors: [new LabelLimiter(metric, { users, onFold: onFold && (() => onFold(name)) })],
    ...(metric.kind === 'histogram' && {
      aggregation: {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { boundaries: [...metric.boundaries], recordMinMax: false },
      },
    }),
  }));
}
