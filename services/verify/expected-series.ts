// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as litellm from '../../grafana/src/signals/litellm.ts';
import * as models from '../../grafana/src/signals/models.ts';
import * as postgres from '../../grafana/src/signals/postgres.ts';
import * as qdrant from '../../grafana/src/signals/qdrant.ts';
import * as redis from '../../grafana/src/signals/redis.ts';
import * as retrieval from '../../grafana/src/signals/retrieval.ts';
import * as runtime from '../../grafana/src/signals/runtime.ts';
import type { Signal } from '../../grafana/src/signals/signal.ts';
import * as work from '../../grafana/src/signals/work.ts';
import { type CatalogueMetric, type CoreService, catalogue, type Runtime } from '../../otel/src/catalogue/catalogue.ts';
import { prometheusName } from '../../otel/src/catalogue/prometheus-name.ts';
import { namesIn } from './expression.ts';

/** What boards draw of each service. */
const signals: Readonly<Record<CoreService, readonly Readonly<Record<string, Signal>>[]>> = {
  suna: [runtime],
  onyx: [runtime, work, retrieval, models],
  qdrant: [qdrant],
  supabase: [postgres],
  redis: [redis],
  litellm: [litellm],
};

/** Names of the series a service has as long as it reports: those of signals that without a value mean a fault. */
export function seriesOf(service: CoreService): readonly string[] {
  const queries = signals[service]
    .flatMap((module) => Object.values(module))
    .flatMap(({ empty, queries }) => queries.filter((query) => (query.empty ?? empty.because) === 'fault'));
  return [...new Set(queries.flatMap(({ expr }) => namesIn(expr)))].sort();
}

const ofRuntime = new Map<string, Runtime>(
  Object.entries<CatalogueMetric>(catalogue).flatMap(([name, metric]) =>
    metric.runtime ? [[prometheusName({ name, ...metric }), metric.runtime] as const] : [],
  ),
);

/** The language whose processes alone have series of this name. */
export function runtimeOf(name: string): Runtime | undefined {
  return ofRuntime.get(name) ?? ofRuntime.get(name.replace(/_(bucket|count|sum)$/, ''));
}
