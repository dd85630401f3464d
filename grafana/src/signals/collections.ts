// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { lines, seconds } from '../figures.ts';
import { mean, rate, window } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Signal, scoped } from './signal.ts';

/* What reading Qdrant, LiteLLM, Redis and Postgres takes: their own answers, before the collector makes endpoints of them. */

const empty = { because: 'fault', text: 'The collector reads none of them' } as const;

/** Redis says how long it was busy with all INFO of a time, the others are timed one by one. */
const redis = (over: string) =>
  mean(
    rate('onyx_collection_busy_seconds_total', ['service'], over),
    rate('onyx_collections_total', ['service'], over),
  );

const duration = 'onyx_collection_duration_seconds';

/** How often each service was read in the 15 minutes of {@link collectionTime}; of Redis nothing says so. */
export const collectionReadings = `max by (service) (count_over_time(${duration}[15m]))`;

export const collectionTime = {
  title: 'Reading each service, p95',
  description: `Time of a collection, p95 of 15 minutes; of Redis the mean of INFO. Above ${seconds(limits.collectionTime.warning)} run npm run verify, which names the setting to cut.`,
  unit: units.Seconds,
  ...scoped('', ({ over }) => [
    {
      expr: `max by (service) (quantile_over_time(0.95, ${duration}[15m])) or ${redis(over)}`,
      legend: '{{service}}',
    },
  ]),
  empty,
  threshold: limits.collectionTime,
} satisfies Signal;

export const collectionCourse: Signal = {
  unit: units.Seconds,
  empty,
  threshold: limits.collectionTime,
  title: 'Reading each service',
  description:
    'Longest collection in the last $window; of Redis the mean of INFO. If it grows with models, users or databases, let the service report less.',
  queries: [
    {
      expr: `max by (service) (max_over_time(${duration}[${window}])) or ${redis(window)}`,
      legend: '{{service}}',
    },
  ],
};

export const collectionSize = {
  title: 'Lines of each service',
  description: `Lines of the last answer, of Redis and Postgres what is made of it. Above ${lines(limits.collectionLines.warning)} cut families and labels of the service.`,
  unit: 'suffix:lines',
  queries: [
    {
      expr: 'max by (service) (onyx_collection_samples or scrape_samples_scraped{service=~"redis|supabase"})',
      legend: '{{service}}',
    },
  ],
  empty,
  threshold: limits.collectionLines,
} satisfies Signal;

export const collectionBytes: Signal = {
  title: 'Size of each answer',
  description:
    'Bytes of the last answer of Qdrant and LiteLLM. If it reaches megabytes, remove labels that have a value for each user or key.',
  unit: units.BytesIEC,
  queries: [{ expr: 'max by (service) (onyx_collection_size_bytes)', legend: '{{service}}' }],
  empty,
};

export const collectionResult = {
  title: 'Last collection',
  description: 'Result of the last collection. If it failed, check the address, the key, and the log of the collector.',
  unit: units.Short,
  queries: [
    {
      // The receivers of Redis and Postgres say nothing when they fail.
      expr: 'max by (service) (onyx_target_up{service=~"qdrant|litellm|redis|supabase"}) or 0 * max by (service) (onyx_collector_listening_seconds{service=~"redis|supabase"})',
      legend: '{{service}}',
    },
  ],
  empty,
  states: { 0: { text: 'Failed', meaning: 'critical' }, 1: { text: 'Read', meaning: 'good' } },
} satisfies Signal;
