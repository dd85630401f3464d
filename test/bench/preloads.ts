// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** The options of Node that load what is compared, by its name in the results. */
export const preloads: Readonly<Record<string, readonly string[]>> = {
  bare: [],
  'otel/register': ['--require', 'otel/register'],
  'auto-instrumentations-node/register': ['--require', '@opentelemetry/auto-instrumentations-node/register'],
};
