import { describe, expect, it } from 'vitest';
import { readSettings } from '../../otel/src/settings.ts';

function read(env: Record<string, string>): { settings: ReturnType<typeof readSettings>; warnings: string[] } {
  const warnings: string[] = [];
  return { settings: readSettings(env, (line) => warnings.push(line)), warnings };
}

describe('the settings', () => {
  it('export every 10 s by OTLP, users as pseudonyms, unless told otherwise', () => {
    expect(read({})).toEqual({
      settings: {
        disabled: false,
        exporter: 'otlp',
        exportIntervalMillis: 10_000,
        exportTimeoutMillis: 10_000,
        userId: 'pseudonym',
        userIdMax: undefined,
        userIdKeyFile: undefined,
        instrumentation: 'http',
      },
      warnings: [],
    });
  });

  it('are read from the environment', () => {
    expect(
      read({
        OTEL_SDK_DISABLED: 'TRUE',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_METRIC_EXPORT_TIMEOUT: '500',
        ONYX_USER_ID: 'cohort',
        ONYX_USER_ID_MAX: '50',
        ONYX_USER_ID_KEY_FILE: '/run/secrets/user_id_key',
        ONYX_INSTRUMENTATION: 'full',
      }).settings,
    ).toEqual({
      disabled: true,
      exporter: 'none',
      exportIntervalMillis: 1_000,
      exportTimeoutMillis: 500,
      userId: 'cohort',
      userIdMax: 50,
      userIdKeyFile: '/run/secrets/user_id_key',
      instrumentation: 'full',
    });
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'yes', 'is not true or false; using false'],
    ['OTEL_METRICS_EXPORTER', 'statsd', 'is not one of otlp, none; using otlp'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '10s', 'is not a whole number of milliseconds from 1; using 10000'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0', 'is not a whole number of milliseconds from 1; using 10000'],
    ['ONYX_USER_ID', 'raw', 'is not one of pseudonym, cohort, off; using pseudonym'],
    ['ONYX_USER_ID_MAX', '0', 'is not a whole number from 1 to 999; using the default'],
    ['ONYX_INSTRUMENTATION', 'all', 'is not one of http, full; using http'],
  ])('name %s=%s once and use the default', (name, value, rest) => {
    expect(read({ [name]: value }).warnings).toEqual([`${name}=${JSON.stringify(value)} ${rest}`]);
  });

  it('take an empty value for an unset one', () => {
    expect(read({ OTEL_METRIC_EXPORT_INTERVAL: ' ', OTEL_METRICS_EXPORTER: '' }).warnings).toEqual([]);
  });
});
