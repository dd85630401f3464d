// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { awaited } from '../export/background.ts';
import { applying, type Settings, settingNames, settings, withoutPassword } from '../settings.ts';

/** `ONYX_TELEMETRY_DOCTOR=1`: says what applies, secrets left out. */
export function describeSettings(read: Settings, log: (line: string) => void): void {
  const env = applying(process.env);
  for (const name of settingNames) {
    const { variables, secret, otherwise } = settings[name];
    const variable = variables.find((candidate) => env[candidate]?.trim());
    const value = read[name];
    const shown =
      value === undefined ? (otherwise ?? 'none') : secret ? 'set, not shown' : withoutPassword(String(value));
    log(`${variable ?? variables.at(-1)} = ${shown}${variable === undefined ? ' (default)' : ''}`);
  }
}

/** Sends one export without a metric, and says who this process is and how it went. */
export function tryExport(exporter: PushMetricExporter, resource: Resource, log: (line: string) => void): void {
  const { 'service.name': service, 'service.instance.id': instance } = resource.attributes;
  log(`this process is ${instance} of ${service}`);
  const result = new Promise<ExportResult>((done) => exporter.export({ resource, scopeMetrics: [] }, done));
  void awaited(result).then(({ code, error }) =>
    log(
      code === ExportResultCode.SUCCESS
        ? 'the collector took a test export'
        : `the collector took no test export: ${error?.message ?? 'no reason given'}`,
    ),
  );
}
