import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { instanceId } from './identity.ts';
import { usersFrom } from './pseudonym.ts';
import { SelfTelemetry } from './self-telemetry.ts';
import type { Settings } from './settings.ts';
import { StateLog } from './state-log.ts';
import { catalogueViews } from './views.ts';

/** What an application that sets no `OTEL_SERVICE_NAME` is called, as the specification asks. */
const unknownService = `unknown_service:${process.argv0}`;

/**
 * Builds the meter provider, with the catalogue's views and one reader.
 *
 * @throws when the pseudonyms' key file cannot be used
 */
export function createProvider(settings: Settings, log: (line: string) => void): MeterProvider {
  const detected = defaultResource().merge(detectResources({ detectors: [envDetector] }));
  const serviceName = String(detected.attributes['service.name'] ?? unknownService);
  const resource = resourceFromAttributes({ 'service.instance.id': instanceId(serviceName) }).merge(detected);

  const telemetry = new SelfTelemetry();
  const provider = new MeterProvider({
    resource,
    views: catalogueViews({
      users: usersFrom(settings),
      onFold: (metric) => telemetry.folded(metric),
    }),
    readers: settings.exporter === 'none' ? [] : [otlpReader(settings, telemetry, log)],
  });
  telemetry.observe(provider);
  return provider;
}

function otlpReader(
  settings: Settings,
  telemetry: SelfTelemetry,
  log: (line: string) => void,
): PeriodicExportingMetricReader {
  return new PeriodicExportingMetricReader({
    exporter: new StateLog(new OTLPMetricExporter({ timeoutMillis: settings.exportTimeoutMillis }), telemetry, log),
    exportIntervalMillis: settings.exportIntervalMillis,
    exportTimeoutMillis: settings.exportTimeoutMillis,
  });
}
