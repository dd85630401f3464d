// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { settingsPage } from '../../otel/src/docs/settings-page.ts';
import { createProvider, processResource } from '../../otel/src/export/provider.ts';
import { readSettings, settings } from '../../otel/src/settings.ts';

function read(env: Record<string, string>): { settings: ReturnType<typeof readSettings>; warnings: string[] } {
  const warnings: string[] = [];
  return { settings: readSettings(env, (line) => warnings.push(line)), warnings };
}

describe('the settings', () => {
  it('export every 10 s by OTLP, users as pseudonyms, unless told otherwise', () => {
    const { settings: defaults, warnings } = read({});
    expect(defaults).toMatchObject({
      disabled: false,
      exporters: ['otlp'],
      exportIntervalMillis: 10_000,
      exportTimeoutMillis: 10_000,
      userId: 'pseudonym',
      instrumentation: 'http',
      doctor: false,
    });
    expect(warnings).toEqual([]);
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
        ONYX_DETAIL: '2.5',
        ONYX_USER_ID_KEY_FILE: '/run/secrets/user_id_key',
        ONYX_INSTRUMENTATION: 'full',
      }).settings,
    ).toMatchObject({
      disabled: true,
      exporters: ['none'],
      exportIntervalMillis: 1_000,
      exportTimeoutMillis: 500,
      userId: 'cohort',
      userIdMax: 50,
      detail: 2.5,
      userIdKeyFile: '/run/secrets/user_id_key',
      instrumentation: 'full',
    });
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'yes', 'is not true or false; using false'],
    ['OTEL_METRICS_EXPORTER', 'otlp,statsd', `is not ${settings.exporters.allowed}; using otlp`],
    ['OTEL_METRIC_EXPORT_INTERVAL', '10s', 'is not a whole number of milliseconds from 1; using 10000'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0', 'is not a whole number of milliseconds from 1; using 10000'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317', 'is not an http or https URL; using http://localhost:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'is not one of http/protobuf; using http/protobuf'],
    ['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', 'zstd', 'is not one of gzip, none; using none'],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/no/ca.pem', "is not a file that can be read; using Node's own authorities"],
    ...['delta', 'lowmemory'].map((value): [string, string, string] => [
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
      value,
      'is not cumulative, which alone loses nothing here; using cumulative',
    ]),
    ['ONYX_USER_ID', 'raw', 'is not one of pseudonym, cohort, off; using pseudonym'],
    ['ONYX_USER_ID_MAX', '0', 'is not a whole number from 1 to 999; using 200'],
    ['ONYX_DETAIL', '11', 'is not a number from 0.1 to 10; using 1'],
    ['ONYX_DETAIL', 'more', 'is not a number from 0.1 to 10; using 1'],
    [
      'ONYX_INSTRUMENTATION',
      'all',
      'is not http, full, or one or more of aws-sdk, ioredis, kafkajs, mysql, mysql2, openai, oracledb, pg, with commas between; using http',
    ],
  ])('name %s=%s once and use the default', (name, value, rest) => {
    expect(read({ [name]: value }).warnings).toEqual([`${name}=${JSON.stringify(value)} ${rest}`]);
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', 'hunter2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=hunter2%'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://me:hunter2@collector'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://me:p@hunter2@collector'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://me:p/hunter2@collector'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'me:hunter2@collector:4318'],
  ])('never show a secret in a warning: %s=%s', (name, value) => {
    const { warnings } = read({ [name]: value });
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).not.toContain('hunter2');
  });

  it('leave what is said of OTLP to others once the collector is named to the preload alone', () => {
    const { settings, warnings } = read({
      ONYX_OTLP_METRICS_ENDPOINT: 'http://ours:4318/v1/metrics',
      ONYX_METRIC_EXPORT_INTERVAL: '10000',
      OTEL_METRIC_EXPORT_INTERVAL: '60000',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://theirs:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=hunter2',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    });
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      endpoint: 'http://ours:4318/v1/metrics',
      protocol: 'http/protobuf',
      headers: undefined,
      temporality: 'cumulative',
      exportIntervalMillis: 10_000,
    });
    expect(read({ ONYX_OTLP_METRICS_ENDPOINT: 'ours', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://theirs' })).toMatchObject({
      settings: { endpoint: 'http://localhost:4318' },
      warnings: [expect.stringContaining('ONYX_OTLP_METRICS_ENDPOINT="ours" is not an http or https URL')],
    });
  });

  it('take an empty value for an unset one', () => {
    expect(read({ OTEL_METRIC_EXPORT_INTERVAL: ' ', OTEL_METRICS_EXPORTER: '' }).warnings).toEqual([]);
  });
});

describe('the reference of the settings', () => {
  const { env } = process;
  afterEach(() => {
    process.env = env;
  });

  it('is what `npm run generate` makes', () => {
    expect(readFileSync('docs/reference/settings.md', 'utf8')).toBe(settingsPage());
  });

  it('names every variable that is read, and none that is not', async () => {
    const asked = new Set<string>();
    process.env = new Proxy(env, {
      get: (target, name: string) => {
        if (/^(OTEL|ONYX)_/.test(name)) asked.add(name);
        return target[name];
      },
    });
    await createProvider(read({}).settings, processResource(), () => {}).shutdown();
    readSettings(process.env, () => {});
    const documented = Object.values(settings).flatMap(({ variables }) => [...variables]);
    expect([...asked].sort()).toEqual(documented.sort());
  });
});
