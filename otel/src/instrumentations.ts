// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Instrumentations of upstream that record metrics and can be loaded by name, in addition to what the preload measures itself. */
export const instrumentationNames = ['aws-sdk', 'kafkajs', 'mongodb', 'mysql', 'openai', 'oracledb', 'pg'] as const;
/** One of {@link instrumentationNames}. */
export type InstrumentationName = (typeof instrumentationNames)[number];

/** The names in a list with commas between; nothing when one of them is unknown. */
export function namedInstrumentations(list: string): InstrumentationName[] | undefined {
  const names = list.split(',').map((item) => instrumentationNames.find((name) => name === item.trim()));
  return names.includes(undefined) ? undefined : ([...new Set(names)] as InstrumentationName[]);
}
