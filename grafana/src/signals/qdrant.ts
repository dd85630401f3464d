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
  description:
    'Time Qdrant takes for a search, p95 of the last $window. If it is far below the retrieval, look at embedding and ranking.',
  unit: units.Seconds,
  queries: [{ expr: quantile(0.95, durations), legend: 'p95' }],
  empty: { because: 'traffic', text: 'No searches in this time', brief: 'No searches', unless: traffic.searches },
  threshold: limits.searchLatency,
  scale: 50,
};

export const searchPercentiles: Signal = {
  ...searchLatency,
  title: 'Search in Qdrant',
  description:
    'Time Qdrant takes for a search, in the last $window. If it rises with its points, give it memory or another index.',
  queries: percentiles(durations),
};

export const searches: Signal = {
  title: 'Answers of Qdrant',
  description:
    'Answers each second to searches and changes of points, by status, in the last $window. If it is not 200, or 0 over gRPC, read the log of Qdrant.',
  unit: units.RequestsPerSecond,
  queries: [
    {
      expr: `sum by (call, status) (label_replace(${answers}, "call", "$1$2", "endpoint", "/collections/.+?/(?:points/)?(.+)|/qdrant.Points/(.+)"))`,
      legend: '{{call}} {{status}}',
    },
  ],
  empty: { because: 'traffic', text: 'No requests in this time', unless: traffic.searches },
};

export const points: Signal = {
  title: 'Points in each collection',
  description: 'Documents that can be found. If it falls without a deletion of yours, compare with the source.',
  unit: units.Short,
  queries: [{ expr: 'max by (id) (collection_points)', legend: '{{id}}' }],
  empty: {
    because: 'traffic',
    text: 'No collections; versions of Qdrant before 1.16 do not report this',
    brief: 'No collections',
    unless: traffic.collections,
  },
};

export const qdrantMemory: Signal = {
  title: 'Memory of Qdrant',
  description: 'Resident memory, which grows with the vectors. Move them to disk before the host runs out of memory.',
  unit: units.BytesIEC,
  queries: [{ expr: 'max(memory_resident_bytes)', legend: 'resident' }],
  empty: since('1.12.2'),
};

export const qdrantFiles: Signal = {
  title: 'Open files of Qdrant',
  description:
    'Share of the files that Qdrant may have open. At 100% it cannot open another segment, so raise the limit.',
  unit: units.PercentUnit,
  queries: [
    { expr: 'max(process_open_fds{service="qdrant"}) / max(process_max_fds{service="qdrant"})', legend: 'open' },
  ],
  empty: since('1.16'),
  threshold: limits.saturation,
};
