// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { reporting } from '@onyx-metrics/otel/catalogue';

/*
 * What the OpenTelemetry variables that a service has already mean for attaching it: how it is called, and what would keep its metrics from
 * arriving or send them elsewhere.
 */

/** The service of the collector, by which others reach it. */
export const collector = 'onyx-metrics-collector';

/** The preload's interval. */
export const exportMillis = reporting.every * 1000;

/** Variables; `null` is one that the shell was to give, and did not. */
export type Environment = Readonly<Record<string, string | null>>;

/** A service that is to be attached, and what its file says of it. */
export interface Attachable {
  /** Its key in the Compose file. */
  readonly key: string;
  /** What it is to be called in metrics, if that was said. */
  readonly name: string | undefined;
  readonly environment: Environment;
  /** What to call the platform in messages. */
  readonly file: string;
}

/** What it is called in metrics. An empty variable counts as unset. */
export function nameOf({ key, name, environment }: Pick<Attachable, 'key' | 'name' | 'environment'>): string {
  return name ?? (environment.OTEL_SERVICE_NAME?.trim() || key);
}

/** Three exports have to come before a service counts as silent; other names wait for senders of a minute. */
export function isTooSlow(service: Attachable): boolean {
  const millis = Number(service.environment.OTEL_METRIC_EXPORT_INTERVAL);
  return ['suna', 'onyx'].includes(nameOf(service)) && millis * 3 > reporting.silentAfter * 1000;
}

/** Throws an error of one line when its own variables would leave the collector without its metrics, or another place without them. */
export function refuseUnsent(service: Attachable): void {
  const { key, environment, file } = service;
  for (const [variable, isOff] of switches) {
    const value = environment[variable]?.trim();
    if (value && isOff(value))
      throw new Error(
        `${key} has ${variable}=${value} in ${file}, with which nothing would be sent: remove the variable there, or leave ${key} out.`,
      );
  }
}

const switches: readonly (readonly [variable: string, isOff: (value: string) => boolean])[] = [
  ['OTEL_SDK_DISABLED', (value) => value.toLowerCase() === 'true'],
  ['OTEL_METRICS_EXPORTER', (value) => value.split(',').some((exporter) => exporter.trim() === 'none')],
];

/** One line for each thing that its file says otherwise and attaching changes. */
export function notesOn(service: Attachable): string[] {
  const { key, name, environment, file } = service;
  const called = nameOf(service);
  const notes: string[] = [];
  const own = environment.OTEL_SERVICE_NAME?.trim();
  if (own === '' && name === undefined)
    notes.push(`${key} has an empty OTEL_SERVICE_NAME in ${file}: it is called ${called} now, in its traces too.`);
  const attributes = environment.OTEL_RESOURCE_ATTRIBUTES ?? '';
  const [variable, before] = own
    ? ['OTEL_SERVICE_NAME', own]
    : ['OTEL_RESOURCE_ATTRIBUTES', /(?:^|,)\s*service[.]name\s*=\s*([^,]*)/.exec(attributes)?.[1]?.trim()];
  if (before && before !== called)
    notes.push(
      `${key} calls itself ${before} (${variable} in ${file}): it is called ${called} now, in its traces too. To keep the name, write ${key}=${before}.`,
    );
  if (isTooSlow(service))
    notes.push(
      `${tooSlow(service)}: the preload exports every ${exportMillis} ms, an SDK of the service's own as before.`,
    );
  return notes;
}

function tooSlow(service: Attachable): string {
  const { key, environment, file } = service;
  return `${key} exports every ${environment.OTEL_METRIC_EXPORT_INTERVAL} ms (OTEL_METRIC_EXPORT_INTERVAL in ${file}), and ${nameOf(service)} counts as silent after ${reporting.silentAfter * 1000} ms`;
}
