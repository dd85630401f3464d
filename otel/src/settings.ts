// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from 'node:fs';
import { defaultUsers, reporting } from './catalogue/catalogue.ts';
import { type InstrumentationName, instrumentationNames, namedInstrumentations } from './instrumentations.ts';
import { type UserIdMode, userIdModes } from './limit/pseudonym.ts';

/** Every setting of the preload. docs/reference/settings.md is made from this list. */

interface Setting<T> {
  /** The environment variables that hold it; the first that is set decides. */
  readonly variables: readonly [string, ...string[]];
  /** What an unset, empty or invalid variable means. */
  readonly fallback: T;
  /** What the page says instead of the fallback. */
  readonly otherwise?: string;
  readonly allowed: string;
  readonly meaning: string;
  /** The value may hold a secret: it is never written anywhere. */
  readonly secret?: true;
  /** Returns nothing when the value is not allowed. */
  readonly parse: (value: string) => T | undefined;
}

const setting = <T>(described: Setting<T>): Setting<T> => described;

/** `OTEL_EXPORTER_OTLP_METRICS_<name>` and `OTEL_EXPORTER_OTLP_<name>`, which upstream's exporter reads itself. */
const exporterVariables = (name: string): [string, string] => [
  `OTEL_EXPORTER_OTLP_METRICS_${name}`,
  `OTEL_EXPORTER_OTLP_${name}`,
];

/** Names the collector to the preload alone. */
const ourEndpoint = 'ONYX_OTLP_METRICS_ENDPOINT';

const oneOf = <T extends string>(values: readonly T[]): Pick<Setting<T>, 'allowed' | 'parse'> => ({
  allowed: `one of ${values.join(', ')}`,
  parse: (value) => values.find((allowed) => allowed === value),
});

const listOf = <T extends string>(values: readonly T[]): Pick<Setting<readonly T[]>, 'allowed' | 'parse'> => ({
  allowed: `one or more of ${values.join(', ')}, with commas between`,
  parse: (value) => {
    const items = value.split(',').map((item) => values.find((allowed) => allowed === item.trim()));
    return items.includes(undefined) ? undefined : (items as T[]);
  },
});

const milliseconds: Pick<Setting<number>, 'allowed' | 'parse'> = {
  allowed: 'a whole number of milliseconds from 1',
  parse: (value) => {
    const number = Number(value);
    return Number.isInteger(number) && number > 0 && number < 2 ** 31 ? number : undefined;
  },
};

const flag = (yes: string, no: string): Pick<Setting<boolean>, 'allowed' | 'parse'> => ({
  allowed: `${yes} or ${no}`,
  parse: (value) => ({ [yes]: true, [no]: false })[value.toLowerCase()],
});

const pairs: Pick<Setting<string | undefined>, 'allowed' | 'parse'> = {
  allowed: '`name=value` pairs with commas between, values percent-encoded',
  parse: (value) => {
    const wellFormed = value.split(',').every((pair) => /^\s*[^=\s]+\s*=/.test(pair) && isPercentEncoded(pair));
    return wellFormed ? value : undefined;
  },
};

export const readableFile: Pick<Setting<string | undefined>, 'allowed' | 'parse'> = {
  allowed: 'a file that can be read',
  parse: (value) => {
    try {
      accessSync(value, constants.R_OK);
      return value;
    } catch {
      return undefined;
    }
  },
};

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

export function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

const unset = { fallback: undefined, otherwise: 'none' } as const;

export const settings = {
  disabled: setting({
    variables: ['OTEL_SDK_DISABLED'],
    fallback: false,
    meaning: 'Nothing is loaded and nothing recorded.',
    ...flag('true', 'false'),
  }),
  serviceName: setting<string | undefined>({
    variables: ['OTEL_SERVICE_NAME'],
    fallback: undefined,
    otherwise: '`unknown_service:node`',
    allowed: 'any text',
    meaning: 'The name of the service. `suna` and `onyx` have an endpoint of their own at the collector.',
    parse: (value) => value,
  }),
  resourceAttributes: setting({
    variables: ['OTEL_RESOURCE_ATTRIBUTES'],
    ...unset,
    ...pairs,
    meaning:
      'Attributes of the service. `service.version` marks deployments on the boards; `service.instance.id` replaces the one made of host and worker slot.',
  }),
  exporters: setting<readonly ('otlp' | 'prometheus' | 'none')[]>({
    variables: ['OTEL_METRICS_EXPORTER'],
    fallback: ['otlp'],
    meaning: 'Destination of metrics: the collector, a `/metrics` of this process, or, with `none`, nothing.',
    ...listOf(['otlp', 'prometheus', 'none']),
  }),
  prometheusHost: setting({
    variables: ['OTEL_EXPORTER_PROMETHEUS_HOST'],
    fallback: '127.0.0.1',
    allowed: 'a host name or address',
    meaning:
      'The address the `/metrics` of this process listens on; in a container, `0.0.0.0` lets others reach it, but only with a password file.',
    parse: (value) => value,
  }),
  prometheusPort: setting({
    variables: ['OTEL_EXPORTER_PROMETHEUS_PORT'],
    fallback: 9464,
    allowed: 'a port from 1 to 65535',
    meaning: 'The port of that `/metrics`.',
    parse: (value) => (/^[1-9]\d{0,4}$/.test(value) && Number(value) < 65_536 ? Number(value) : undefined),
  }),
  metricsUsername: setting({
    variables: ['ONYX_METRICS_USERNAME'],
    fallback: 'admin',
    allowed: 'a name without a colon',
    meaning: 'Name of the reader of that `/metrics`.',
    parse: (value) => (value.includes(':') ? undefined : value),
  }),
  metricsPasswordFile: setting<string | undefined>({
    variables: ['ONYX_METRICS_PASSWORD_FILE'],
    fallback: undefined,
    otherwise: 'the password `admin`, with a warning',
    ...readableFile,
    meaning: 'The file that holds the password of that `/metrics`.',
  }),
  exportIntervalMillis: setting({
    variables: ['ONYX_METRIC_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_INTERVAL'],
    fallback: reporting.every * 1000,
    meaning:
      "Time between two exports. The specification's 60 s would make a board that refreshes every 10 s pointless. An SDK of the service's own reads the second variable only.",
    ...milliseconds,
  }),
  exportTimeoutMillis: setting({
    variables: ['OTEL_METRIC_EXPORT_TIMEOUT'],
    fallback: 30_000,
    meaning: 'Time after which an export has failed, never longer than the interval.',
    ...milliseconds,
  }),
  endpoint: setting({
    variables: [ourEndpoint, ...exporterVariables('ENDPOINT')],
    fallback: 'http://localhost:4318',
    allowed: 'an http or https URL',
    meaning:
      "The collector. The first two variables are the whole URL; `/v1/metrics` is appended to the third. With the first one, every `OTEL_EXPORTER_OTLP_…` is left to an SDK of the service's own: none applies here.",
    parse: (value) => (isHttpUrl(value) ? value : undefined),
  }),
  protocol: setting({
    variables: exporterVariables('PROTOCOL'),
    fallback: 'http/protobuf',
    meaning: 'How metrics are sent. gRPC and JSON are not built in: the collector takes all of them.',
    ...oneOf(['http/protobuf']),
  }),
  headers: setting({
    variables: exporterVariables('HEADERS'),
    ...unset,
    ...pairs,
    secret: true,
    meaning:
      'Headers of every export, credentials for example. Both variables apply; the first one wins where they differ.',
  }),
  tokenFile: setting({
    variables: ['ONYX_OTLP_TOKEN_FILE'],
    ...unset,
    ...readableFile,
    meaning:
      'The file whose first word is the bearer token that the collector asks for. The file is read again before every export.',
  }),
  requestTimeoutMillis: setting({
    variables: exporterVariables('TIMEOUT'),
    fallback: 10_000,
    meaning: 'Time after which one attempt to export, retries included, has failed.',
    ...milliseconds,
  }),
  compression: setting({
    variables: exporterVariables('COMPRESSION'),
    fallback: 'none',
    meaning: 'Compression of what is sent; `gzip` takes 98 % off it.',
    ...oneOf(['gzip', 'none']),
  }),
  certificate: setting({
    variables: exporterVariables('CERTIFICATE'),
    ...unset,
    otherwise: "Node's own authorities",
    ...readableFile,
    meaning: "The certificate authority (PEM) that signed the collector's certificate.",
  }),
  clientCertificate: setting({
    variables: exporterVariables('CLIENT_CERTIFICATE'),
    ...unset,
    ...readableFile,
    meaning: 'The certificate chain (PEM) that this process shows.',
  }),
  clientKey: setting({
    variables: exporterVariables('CLIENT_KEY'),
    ...unset,
    ...readableFile,
    meaning: 'The private key (PEM) of that certificate.',
  }),
  temporality: setting({
    variables: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    fallback: 'cumulative',
    meaning:
      'Start of a count. `delta` and `lowmemory`, meant for other SDKs, are refused with one line: a failed export would be lost, and a `/metrics` of this process would start at 0 with each.',
    allowed: 'cumulative, which alone loses nothing here',
    parse: (value) => (value.toLowerCase() === 'cumulative' ? 'cumulative' : undefined),
  }),
  userId: setting<UserIdMode>({
    variables: ['ONYX_USER_ID'],
    fallback: 'pseudonym',
    meaning: 'Form of a user id: a keyed pseudonym, the number of a group of users, or always `other`.',
    ...oneOf(userIdModes),
  }),
  userIdMax: setting<number | undefined>({
    variables: ['ONYX_USER_ID_MAX'],
    fallback: undefined,
    otherwise: String(defaultUsers),
    allowed: 'a whole number from 1 to 999',
    meaning: 'Users, or groups of them, to show; everybody else is `other`.',
    parse: (value) => (/^[1-9]\d{0,2}$/.test(value) ? Number(value) : undefined),
  }),
  detail: setting({
    variables: ['ONYX_DETAIL'],
    fallback: 1,
    allowed: 'a number from 0.1 to 10',
    meaning:
      'How many times the models, routes, kinds of error and users of [the metrics](metrics.md) to show, and the label sets in all.',
    parse: (value) => {
      const factor = Number(value);
      return factor >= 0.1 && factor <= 10 ? factor : undefined;
    },
  }),
  userIdKeyFile: setting<string | undefined>({
    variables: ['ONYX_USER_ID_KEY_FILE'],
    fallback: undefined,
    otherwise: 'a key for this process only',
    allowed: 'a file, or a place where one can be made',
    meaning:
      'The key of the pseudonyms, made when there is none. Services that share it give a user the same pseudonym.',
    parse: (value) => value,
  }),
  instrumentation: setting<'http' | 'full' | readonly InstrumentationName[]>({
    variables: ['ONYX_INSTRUMENTATION'],
    fallback: 'http',
    allowed: `http, full, or one or more of ${instrumentationNames.join(', ')}, with commas between`,
    parse: (value) => (value === 'http' || value === 'full' ? value : namedInstrumentations(value)),
    meaning:
      "Names add libraries to what is measured anyway: their metrics go the same way, with the same limits. `ioredis` and `mysql2` publish their operations themselves, and then [end a failed one in another way](../guides/recording-metrics.md#what-a-service-calls). The others load just these of upstream's instrumentations, and need the file `instrumentations.cjs` next to the preload. `full` runs upstream's SDK with all of its instrumentations, at 1.7 times the CPU of a trivial handler. It needs `@opentelemetry/sdk-node` and `@opentelemetry/auto-instrumentations-node` installed next to the package; without them `http` applies.",
  }),
  doctor: setting({
    variables: ['ONYX_TELEMETRY_DOCTOR'],
    fallback: false,
    meaning:
      'Prints the effective settings and the result of one test export to standard error when the process starts.',
    otherwise: '0',
    ...flag('1', '0'),
  }),
} as const;

export type SettingName = keyof typeof settings;
export type Settings = { readonly [Name in SettingName]: (typeof settings)[Name]['fallback'] };
export const settingNames: readonly SettingName[] = Object.keys(settings) as SettingName[];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether the collector is named to the preload alone. What is said of OTLP otherwise is then meant for an SDK of the service's own:
 * its address, and its credentials too.
 */
export const hasOurEndpoint = (env: Environment): boolean => Boolean(env[ourEndpoint]?.trim());

/** The variables that apply to the preload. */
export function applying(env: Environment): Environment {
  if (!hasOurEndpoint(env)) return env;
  return Object.fromEntries(Object.entries(env).filter(([variable]) => !isOfOwnExporter(variable)));
}

const isOfOwnExporter = (variable: string): boolean => variable.startsWith('OTEL_EXPORTER_OTLP_');

/** Reads the settings; an invalid value gets one warning that names it, and the default. */
export function readSettings(whole: Environment, warn: (message: string) => void): Settings {
  const env = applying(whole);
  const read = Object.fromEntries(settingNames.map((name) => [name, readOne(settings[name], env, warn)])) as Settings;
  return { ...read, exportTimeoutMillis: Math.min(read.exportTimeoutMillis, read.exportIntervalMillis) };
}

/**
 * Runs `read`, a part of upstream that reads the environment itself, without the variables that do not apply and without those whose values
 * are not allowed. Upstream would not fall back to the default that our warning names.
 */
export function withoutInvalid<T>(read: () => T): T {
  const hidden: Record<string, string> = {};
  if (hasOurEndpoint(process.env)) {
    for (const [variable, value = ''] of Object.entries(process.env)) {
      if (!isOfOwnExporter(variable)) continue;
      hidden[variable] = value;
      delete process.env[variable];
    }
  }
  for (const { variables, parse } of settingNames.map((name): Setting<unknown> => settings[name])) {
    for (const variable of variables) {
      const value = process.env[variable];
      if (value === undefined || value.trim() === '' || parse(value.trim()) !== undefined) continue;
      hidden[variable] = value;
      delete process.env[variable];
    }
  }
  try {
    return read();
  } finally {
    Object.assign(process.env, hidden);
  }
}

function readOne(
  { variables, fallback, ...rest }: Setting<unknown>,
  env: Environment,
  warn: (message: string) => void,
) {
  const { allowed, otherwise, secret, parse } = rest;
  for (const variable of variables) {
    // An empty value means unset: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    const value = env[variable]?.trim();
    if (value === undefined || value === '') continue;
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    const shown = secret ? 'its value' : JSON.stringify(withoutPassword(value));
    warn(`${variable}=${shown} is not ${allowed}; using ${otherwise ?? String(fallback)}`);
  }
  return fallback;
}

/** An endpoint may name a user and a password, which are written nowhere; nor are those of one that is no URL. */
export function withoutPassword(value: string): string {
  return value.replace(/^(\w+:\/\/)?[^/].*@/, '$1…@');
}
