// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What decides the name a metric has in Prometheus. */
export interface Named {
  readonly name: string;
  /** UCUM unit. */
  readonly unit: string;
  /** `gauge` is a value that is set or observed; a sum that also falls is none of the three. */
  readonly kind?: 'counter' | 'gauge' | 'histogram' | undefined;
}

const units: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const perUnits: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/**
 * The name a metric has in Prometheus, as the collector translates it and upstream's own exporter does not: words joined by
 * underscores, the unit added unless the name has it, `_total` at the end of a counter.
 * https://github.com/prometheus/otlptranslator/blob/v1.0.0/metric_namer.go
 */
export function prometheusName({ name, unit, kind }: Named): string {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  const add = (suffix: string): void => {
    if (suffix !== '' && !words.includes(suffix)) words.push(suffix);
  };
  const move = (suffix: string): void => {
    words = [...words.filter((word) => word !== suffix), suffix];
  };
  const [main = '', per = ''] = unit.split(/\/(.*)/s);
  add(suffixOf(main, units));
  const perSuffix = suffixOf(per, perUnits);
  if (perSuffix !== '') add(`per_${perSuffix}`);
  if (kind === 'counter') move('total');
  if (kind === 'gauge' && unit === '1') move('ratio');
  return words.join('_').replace(/^\d/, '_$&');
}

/** `{…}` is an annotation, not a unit. */
function suffixOf(unit: string, known: Readonly<Record<string, string>>): string {
  if (/[{}]/.test(unit)) return '';
  return (known[unit.trim()] ?? unit.trim()).replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_|_$/g, '');
}
