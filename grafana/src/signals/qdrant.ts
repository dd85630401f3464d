// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { percentiles, quantile, window } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

/** What older versions do not report. */
const since = (version: string) =>
  ({ because: 'fault', text: `Qdrant does not report this; versions before ${version} never do` }) as const;
/** Clients search over REST or gRPC, and some platforms have both. */
const durations = `sum by (le) (rate(rest_responses_duration_seconds_bucket{${traffic.searchesOf.rest}}[${window}]) or rate(grpc_responses_duration_seconds_bucket{${traffic.searchesOf.grpc}}[${window}]))`;
const answers = `rate(rest_responses_total[${window}]) or rate(grpc_responses_total[${window}])`;

export const searchLatency: Signal = {
  title: 'Qdrant p95',
  description: 'Time Qdrant takes for nineteen of twenty searches; far below the retrieval: the time goes elsewhere.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, durations), legend: 'p95' }],
  empty: { because: 'traffic', text: 'Nobody searched in this time', brief: 'No searches', unless: traffic.searches },
  threshold: limits.searchLatency,
  scale: 50,
};

export const searchPercentiles: Signal = {
  ...searchLatency,
  title: 'Search in Qdrant',
  description: 'Time Qdrant takes for a search; rising with its points: give it memory, or another index.',
  queries: percentiles(durations),
};

export const searches: Signal = {
  title: 'Answers of Qdrant',
  description:
    'Answers each second to searches and changes of points, by status; other than 200, or 0 over gRPC: the log of Qdrant has the reason.',
  unit: units.RequestsPerSecond,
  queries: [
    {
      expr: `sum by (call, status) (label_replace(${answers}, "call", "$1$2", "endpoint", "/collections/.+?/(?:points/)?(.+)|/qdrant.Points/(.+)"))`,
      legend: '{{call}} {{status}}',
    },
  ],
  empty: { because: 'traffic', text: 'Nobody asked Qdrant in this time', unless: traffic.searches },
};

export const points: Signal = {
  title: 'Points in each collection',
  description:
    'Documents that can be found; falling without a deletion of yours: something was lost, compare with the source.',
  unit: units.Short,
  queries: [{ expr: 'max by (id) (collection_points)', legend: '{{id}}' }],
  empty: since('1.16'),
};

export const qdrantMemory: Signal = {
  title: 'Memory of Qdrant',
  description:
    'Resident memory; it grows with vectors kept in memory: move them to disk before the host has none left.',
  unit: units.BytesIEC,
  queries: [{ expr: 'max(memory_resident_bytes)', legend: 'resident' }],
  empty: since('1.12.2'),
};

export const qdrantFiles: Signal = {
  title: 'Open files of Qdrant',
  description: 'Share of the files Qdrant may have open; at 1 it cannot open another segment: raise the limit.',
  unit: units.PercentUnit,
  queries: [
    { expr: 'max(process_open_fds{service="qdrant"}) / max(process_max_fds{service="qdrant"})', legend: 'open' },
  ],
  empty: since('1.16'),
  threshold: limits.saturation,
};
