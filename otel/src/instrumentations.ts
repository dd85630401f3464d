// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Instrumentations of upstream that record metrics and can be loaded by name, in addition to what the preload measures itself. */
const upstreamNames = ['aws-sdk', 'kafkajs', 'mysql', 'openai', 'oracledb', 'pg'] as const;
/** The name of an instrumentation of upstream. */
export type UpstreamName = (typeof upstreamNames)[number];

/**
 * Libraries that publish their operations, but take an error that nothing handles for a handled one as soon as their channel has a
 * listener: a process that ended by it lives on. So the preload listens only where a service names them.
 */
export const publisherNames = ['ioredis', 'mysql2'] as const;
/** The name of such a library. */
export type PublisherName = (typeof publisherNames)[number];

/** What can be measured by name, in addition to what is measured anyway. */
export const instrumentationNames = [...upstreamNames, ...publisherNames].sort();
/** One of {@link instrumentationNames}. */
export type InstrumentationName = UpstreamName | PublisherName;

/** The names in a list with commas between; nothing when one of them is unknown. */
export function namedInstrumentations(list: string): InstrumentationName[] | undefined {
  const names = list.split(',').map((item) => instrumentationNames.find((name) => name === item.trim()));
  return names.includes(undefined) ? undefined : ([...new Set(names)] as InstrumentationName[]);
}

/** Those of the names for which an instrumentation of upstream is loaded. */
export function ofUpstream(names: readonly InstrumentationName[]): UpstreamName[] {
  return upstreamNames.filter((name) => names.includes(name));
}
