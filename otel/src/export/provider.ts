// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { harmlessResource } from '../limit/harmless-resource.ts';
import { usersFrom } from '../limit/pseudonym.ts';
import { dropInfiniteValues } from '../sdk/finite-values.ts';
import { catalogueViews, viewAllOthers } from '../sdk/views.ts';
import { hasOurEndpoint, type Settings, withoutInvalid } from '../settings.ts';
import { awaited, backgroundAgent } from './background.ts';
import { startEndpoint } from './endpoint.ts';
import { ExposingExporter } from './exposing-exporter.ts';
import { instanceId } from './identity.ts';
import { tokenHeaders } from './otlp-token.ts';
import { observeStart } from './process-start.ts';
import { SelfTelemetry } from './self-telemetry.ts';
import { StateLog } from './state-log.ts';

/** What this process is: its service, as the environment names it, and an identity of its own. */
export function processResource(): Resource {
  // npm says it of the package that it runs a script of.
  const { npm_package_version: version } = process.env;
  const ofPackage = resourceFromAttributes(version ? { 'service.version': version } : {});
  const told = harmlessResource(ofPackage.merge(withoutInvalid(() => detectResources({ detectors: [envDetector] }))));
  const detected = defaultResource().merge(told);
  const serviceName = String(detected.attributes['service.name']);
  return resourceFromAttributes({ 'service.instance.id': instanceId(serviceName) }).merge(detected);
}

/** What sends to the collector. */
export function otlpExporter(settings: Settings): PushMetricExporter {
  const { exportTimeoutMillis, requestTimeoutMillis, tokenFile } = settings;
  // An attempt that outlived its export would go on during the next one.
  const timeoutMillis = Math.min(requestTimeoutMillis, exportTimeoutMillis);
  const headers = tokenHeaders(tokenFile);
  const httpAgentOptions = backgroundAgent(settings);
  // Otherwise upstream makes the address of its own variables.
  const url = hasOurEndpoint(process.env) ? { url: settings.endpoint } : {};
  return withoutInvalid(() => new OTLPMetricExporter({ timeoutMillis, headers, httpAgentOptions, ...url }));
}

/**
 * Builds the meter provider, with the catalogue's views and one reader.
 *
 * @throws when the pseudonyms' key file cannot be used
 */
export function createProvider(settings: Settings, resource: Resource, log: (line: string) => void): MeterProvider {
  const telemetry = new SelfTelemetry();
  const { detail } = settings;
  const views = { users: usersFrom(settings), detail, onFold: (metric: string) => telemetry.folded(metric) };
  const provider = new MeterProvider({
    resource,
    views: catalogueViews(views),
    readers: readers(settings, telemetry, log),
  });
  viewAllOthers(provider, views);
  dropInfiniteValues(provider);
  telemetry.observe(provider);
  observeStart(provider, resource);
  for (const name of ['forceFlush', 'shutdown'] as const) {
    const work = provider[name].bind(provider);
    provider[name] = (options) => awaited(work(options));
  }
  return provider;
}

/** One reader, however many places its exports go to. */
function readers(
  settings: Settings,
  telemetry: SelfTelemetry,
  log: (line: string) => void,
): PeriodicExportingMetricReader[] {
  const { exporters, exportIntervalMillis, exportTimeoutMillis } = settings;
  if (exporters.includes('none')) return [];
  const otlp = exporters.includes('otlp') ? new StateLog(otlpExporter(settings), telemetry, log) : undefined;
  const endpoint = exporters.includes('prometheus') ? startEndpoint(settings, log) : undefined;
  const exporter = endpoint === undefined ? otlp : new ExposingExporter(endpoint, otlp);
  if (exporter === undefined) return [];
  return [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis })];
}
