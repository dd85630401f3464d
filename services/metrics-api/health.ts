// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { type CoreService, coreServices } from '@onyx-metrics/otel/catalogue';
import type { Sample } from './recorded-series.ts';

export const healthSeries = ['onyx:service_up', 'onyx:service_freshness_seconds'] as const;

interface ServiceHealth {
  readonly service: CoreService;
  /** `unknown`: its endpoint at the collector cannot be reached. */
  readonly state: 'up' | 'down' | 'unknown';
  /** Seconds since it last reported; null when it has not for an hour. */
  readonly age_seconds: number | null;
}

export interface Health {
  /** `ok`: all six are up. `down`: one at least is not. `unknown`: at least one is unknown, and none is known to be down. */
  readonly status: 'ok' | 'down' | 'unknown';
  readonly services: readonly ServiceHealth[];
}

export function health(samples: readonly Sample[]): Health {
  const of = (series: (typeof healthSeries)[number], service: string) =>
    samples.find(({ name, labels }) => name === series && labels.service === service)?.value;
  const states = coreServices.map((service): ServiceHealth => {
    const up = of('onyx:service_up', service);
    const state = up === undefined ? 'unknown' : up === 1 ? 'up' : 'down';
    return { service, state, age_seconds: of('onyx:service_freshness_seconds', service) ?? null };
  });
  const worst = (['down', 'unknown'] as const).find((state) => states.some((each) => each.state === state));
  return { status: worst ?? 'ok', services: states };
}
