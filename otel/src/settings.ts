import { type UserIdSettings, userIdModes } from './pseudonym.ts';

/**
 * The environment variables the preload reads itself. `OTEL_EXPORTER_OTLP_*` (endpoint, headers, timeout, compression,
 * certificates) are read by the upstream exporter, as the OpenTelemetry specification defines them.
 */

export type Exporter = 'otlp' | 'none';
export type Instrumentation = 'http' | 'full';

export interface Settings extends UserIdSettings {
  /** `OTEL_SDK_DISABLED`: nothing is loaded and nothing recorded. */
  readonly disabled: boolean;
  /** `OTEL_METRICS_EXPORTER`. */
  readonly exporter: Exporter;
  /** `OTEL_METRIC_EXPORT_INTERVAL`, milliseconds. The specification's 60 s would make a 10 s refresh pointless. */
  readonly exportIntervalMillis: number;
  /** `OTEL_METRIC_EXPORT_TIMEOUT`, milliseconds; never longer than the interval. */
  readonly exportTimeoutMillis: number;
  /** `ONYX_INSTRUMENTATION`: `full` adds the upstream instrumentations, at their price. */
  readonly instrumentation: Instrumentation;
}

type Warn = (message: string) => void;

/** Reads the settings; an invalid value gets one warning that names it, and the default. */
export function readSettings(env: Readonly<Record<string, string | undefined>>, warn: Warn): Settings {
  // An empty value means unset: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
  const read = <T>(name: string, fallback: T, allowed: string, parse: (value: string) => T | undefined): T => {
    const value = env[name]?.trim();
    if (value === undefined || value === '') return fallback;
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    warn(`${name}=${JSON.stringify(value)} is not ${allowed}; using ${fallback ?? 'the default'}`);
    return fallback;
  };
  const oneOf = <T extends string>(name: string, fallback: T, values: readonly T[]): T =>
    read<T>(name, fallback, `one of ${values.join(', ')}`, (value) => values.find((allowed) => allowed === value));
  const milliseconds = (name: string, fallback: number): number =>
    read(name, fallback, 'a whole number of milliseconds from 1', (value) => {
      const number = Number(value);
      return Number.isInteger(number) && number > 0 && number < 2 ** 31 ? number : undefined;
    });

  const exportIntervalMillis = milliseconds('OTEL_METRIC_EXPORT_INTERVAL', 10_000);
  return {
    // Only a case-insensitive "true" disables; the specification wants a warning for anything but "false".
    disabled: read(
      'OTEL_SDK_DISABLED',
      false,
      'true or false',
      (value) => ({ true: true, false: false })[value.toLowerCase()],
    ),
    exporter: oneOf('OTEL_METRICS_EXPORTER', 'otlp', ['otlp', 'none']),
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(milliseconds('OTEL_METRIC_EXPORT_TIMEOUT', 30_000), exportIntervalMillis),
    userId: oneOf('ONYX_USER_ID', 'pseudonym', userIdModes),
    userIdMax: read('ONYX_USER_ID_MAX', undefined, 'a whole number from 1 to 999', (value) =>
      /^[1-9]\d{0,2}$/.test(value) ? Number(value) : undefined,
    ),
    userIdKeyFile: env.ONYX_USER_ID_KEY_FILE || undefined,
    instrumentation: oneOf('ONYX_INSTRUMENTATION', 'http', ['http', 'full']),
  };
}
