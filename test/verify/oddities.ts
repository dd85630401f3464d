// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import type { Prometheus, Series } from '../../services/prometheus/prometheus.ts';
import { type Finding, pass } from './check.ts';

/** Of business.yaml, which boards read from `supabase` only. */
const ofBusiness = 'onyx_(active_users|backlog_age_seconds|documents|queue_depth)';

/** What is right and still worth a line: metrics of others with names of ours, and senders that export deltas, with what they lost. None when there are none. */
export async function oddities(prometheus: Prometheus): Promise<Finding[]> {
  const [namesakes, deltas, lost] = await Promise.all([
    prometheus.query(`group by (__name__, service, app) ({__name__=~"${ofBusiness}", service!="supabase"})`),
    prometheus.query('group by (service, app) (onyx_delta_points_total)'),
    prometheus.query('sum by (error) (otelcol_deltatocumulative_datapoints_total{error!=""}) > 0'),
  ]);
  return [
    ...namesakes.map((series) =>
      pass(`${series.labels.__name__} of ${sender(series)}`, 'no board and no alert reads it', {
        warning:
          'it has the name of a number of business.yaml, and another meaning: name the service in queries of your own',
      }),
    ),
    ...deltas.map((series) =>
      pass(`deltas of ${sender(series)}`, 'the collector adds them up', {
        warning:
          'a failed export is lost: set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative where they are sent',
      }),
    ),
    ...lost.map(({ labels, values }) =>
      pass(`points of deltas lost: ${labels.error}`, `${values[0]} since the collector started`, {
        warning:
          labels.error === 'limit'
            ? 'a label has too many values: drop it where it is sent'
            : 'two processes with one service.instance.id export at the same moment: give each its own',
      }),
    ),
  ];
}

const sender = ({ labels }: Series): string => labels.app ?? labels.service ?? 'a sender';
