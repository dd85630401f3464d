// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { metrics } from '@opentelemetry/api';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { tokenHeaders, tokenVariable } from '../export/otlp-token.ts';
import { usersFrom } from '../limit/pseudonym.ts';
import { measureByUpstream } from '../measure/http-server.ts';
import { catalogueViews, viewAllOthers } from '../sdk/views.ts';
import { hasOurEndpoint, type Settings, withoutInvalid } from '../settings.ts';

/**
 * `ONYX_INSTRUMENTATION=full`: upstream's NodeSDK with all of its instrumentations, traces included, set up by upstream's
 * own variables, and the catalogue's views. It costs 1.7 times the CPU of a trivial handler (docs/reference), which is why it is not the default.
 */
export function startFull(settings: Settings): void {
  process.env.OTEL_METRIC_EXPORT_INTERVAL = String(settings.exportIntervalMillis);
  process.env.OTEL_METRIC_EXPORT_TIMEOUT = String(settings.exportTimeoutMillis);
  process.env.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE = settings.temporality;
  const { tokenFile } = settings;
  const metricReaders = ourReaders(settings);
  if (tokenFile !== undefined && metricReaders === undefined) {
    const { OTEL_EXPORTER_OTLP_METRICS_HEADERS: others } = process.env;
    process.env.OTEL_EXPORTER_OTLP_METRICS_HEADERS = tokenVariable(tokenFile, others);
  }
  measureByUpstream();
  const views = { users: usersFrom(settings), detail: settings.detail };
  const instrumentations = [getNodeAutoInstrumentations()];
  new NodeSDK({ views: catalogueViews(views), instrumentations, ...(metricReaders && { metricReaders }) }).start();
  viewAllOthers(metrics.getMeterProvider(), views);
}

/** Where the collector is named to the preload alone, upstream's variables name another: traces go there, metrics do not. */
function ourReaders(settings: Settings): PeriodicExportingMetricReader[] | undefined {
  if (!hasOurEndpoint(process.env)) return undefined;
  const { endpoint: url, exportIntervalMillis, exportTimeoutMillis, tokenFile } = settings;
  const headers = tokenHeaders(tokenFile);
  const exporter = withoutInvalid(() => new OTLPMetricExporter({ url, headers }));
  return [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis })];
}
