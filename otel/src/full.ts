// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { metrics } from '@opentelemetry/api';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { measureByUpstream } from './http-server.ts';
import { tokenVariable } from './otlp-token.ts';
import { usersFrom } from './pseudonym.ts';
import type { Settings } from './settings.ts';
import { catalogueViews, viewAllOthers } from './views.ts';

/**
 * `ONYX_INSTRUMENTATION=full`: upstream's NodeSDK with all of its instrumentations, traces included, set up by upstream's
 * own variables, and the catalogue's views. It costs 1.7 times the CPU of a trivial handler (docs/reference), which is why it is not the default.
 */
export function startFull(settings: Settings): void {
  process.env.OTEL_METRIC_EXPORT_INTERVAL = String(settings.exportIntervalMillis);
  process.env.OTEL_METRIC_EXPORT_TIMEOUT = String(settings.exportTimeoutMillis);
  const { tokenFile } = settings;
  if (tokenFile !== undefined) {
    const { OTEL_EXPORTER_OTLP_METRICS_HEADERS: others } = process.env;
    process.env.OTEL_EXPORTER_OTLP_METRICS_HEADERS = tokenVariable(tokenFile, others);
  }
  measureByUpstream();
  const views = { users: usersFrom(settings) };
  new NodeSDK({ views: catalogueViews(views), instrumentations: [getNodeAutoInstrumentations()] }).start();
  const provider = metrics.getMeterProvider();
  // Without an exporter of metrics there is no such provider.
  if ('_sharedState' in provider) viewAllOthers(provider as unknown as MeterProvider, views);
}
