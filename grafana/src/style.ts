// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Grafana's own palette names, each with one meaning on every board; nothing else names a colour. */
export const colours = {
  good: 'green',
  warning: 'orange',
  critical: 'red',
  /** Nobody knows. */
  unknown: 'text',
} as const;

/** Lines that mean the same wherever they are drawn. */
const lines: Readonly<Record<string, string>> = {
  p50: 'light-blue',
  p95: 'blue',
  p99: 'dark-purple',
  mean: 'blue',
  yesterday: 'text',
  well: colours.good,
  failed: colours.critical,
  input: 'light-blue',
  output: 'blue',
  received: 'light-blue',
  sent: 'blue',
  read: 'light-blue',
  written: 'blue',
};

/** Never the colours of good and bad: a service is neither. */
const services: Readonly<Record<string, string>> = {
  suna: 'blue',
  onyx: 'purple',
  qdrant: 'super-light-blue',
  supabase: 'dark-blue',
  redis: 'dark-purple',
  litellm: 'yellow',
  infra: 'super-light-purple',
  apps: 'super-light-yellow',
};

const stages: Readonly<Record<string, string>> = {
  embed: 'light-blue',
  retrieve: 'blue',
  rerank: 'purple',
  generate: 'yellow',
  other: 'text',
};

/** Colours of a legend's lines by their names; the names a legend leaves to the data are coloured by name too. */
export function coloursOf(legend: string): Readonly<Record<string, string>> {
  if (legend === '{{service}}') return services;
  if (legend === '{{stage}}') return stages;
  const colour = lines[legend];
  return colour === undefined ? {} : { [legend]: colour };
}
