// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What decides the name a metric has in Prometheus. */
export interface Named {
  readonly name: string;
  /** UCUM unit. */
  readonly unit: string;
  /** `gauge` is a value that is set or observed; a sum that also falls is none of the three. */
  readonly kind?: 'counter' | 'gauge' | 'histogram' | undefined;
}

/** The units that the collector lets through and their suffixes; any other unit, such as `{order}`, adds nothing. */
export const unitSuffixes: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  bit: 'bit',
  Cel: 'celsius',
  Hz: 'hertz',
  '%': 'percent',
};

/**
 * Returns the name of a metric in Prometheus, as the collector translates it (upstream's own exporter differs). Words are joined by
 * underscores, the unit is added unless the name has it, and a counter ends in `_total`.
 * https://github.com/prometheus/otlptranslator/blob/v1.0.0/metric_namer.go
 */
export function prometheusName({ name, unit, kind }: Named): string {
  const words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  const suffix = unitSuffixes[unit];
  if (suffix !== undefined && !words.includes(suffix)) words.push(suffix);
  const last = kind === 'counter' ? 'total' : kind === 'gauge' && unit === '1' ? 'ratio' : undefined;
  const ordered = last === undefined ? words : [...words.filter((word) => word !== last), last];
  return ordered.join('_').replace(/^\d/, '_$&');
}
