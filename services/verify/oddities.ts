// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Prometheus, Series } from '../prometheus/prometheus.ts';
import { type Finding, fail, pass } from './check.ts';

/** Of business.yaml, which boards read from `supabase` only. */
const ofBusiness = 'onyx_(active_users|backlog_age_seconds|documents|queue_depth)';

/**
 * What is worth a line when it happens: metrics of others with names of ours, senders that export deltas, with what they lost, and workers of
 * LiteLLM that count each for itself. None when there are none.
 */
export async function oddities(prometheus: Prometheus): Promise<Finding[]> {
  const [namesakes, deltas, lost, hidden, refused, workers, halved, nameless, unread] = await Promise.all([
    prometheus.query(`group by (__name__, service, app) ({__name__=~"${ofBusiness}", service!="supabase"})`),
    prometheus.query('group by (service, app) (onyx_delta_points_total)'),
    prometheus.query('sum by (error) (otelcol_deltatocumulative_datapoints_total{error!=""}) > 0'),
    prometheus.query(
      'sum by (exporter, processor, reason) (increase(otelcol_exporter_hidden_metric_points_total[15m])) > 0',
    ),
    // Of collectors that push.
    prometheus.query('sum by (exporter) (increase(otelcol_exporter_send_failed_metric_points_total[15m])) > 0'),
    prometheus.query(alternating),
    // One connection that is kept always asks the same worker: then only Onyx knows that there were more calls.
    prometheus.query(uncounted),
    prometheus.query(
      'sum(increase(otelcol_processor_filter_datapoints_filtered_total{filter="filter/senders"}[15m])) > 0',
    ),
    prometheus.query('sum by (receiver) (increase(onyx_collection_errors_total[15m])) > 0'),
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
    ...hidden.map(({ labels: { exporter, processor = '', reason = '' }, values: [points = 0] }) =>
      pass(`points that ${exporter ?? processor} hides: ${reason}`, `about ${Math.ceil(points)} in 15 minutes`, {
        warning: hiding[reason] ?? 'the log of the collector says which',
      }),
    ),
    ...refused.map(({ labels: { exporter = '' }, values: [points = 0] }) =>
      pass(`points of ${exporter} that storage refused`, `about ${Math.ceil(points)} in 15 minutes, which are lost`, {
        warning:
          'the log of the collector says why: mostly a limit of the storage on series, labels or the age of a sample',
      }),
    ),
    ...unread.map(({ labels: { receiver }, values: [points = 0] }) =>
      pass(`points of ${receiver} not read`, `about ${Math.ceil(points)} in 15 minutes`, {
        warning:
          receiver === 'postgresql'
            ? 'onyx_metrics may not enter a database, which the log of the collector names: GRANT CONNECT on it, or leave it out'
            : 'the log of the collector says which',
        ...(receiver === 'postgresql' && {
          lines:
            'receivers:\n  postgresql:\n    exclude_databases: [rdsadmin, cloudsqladmin, azure_maintenance, azure_sys, name]\n',
        }),
      }),
    ),
    ...nameless.map(({ values: [points = 0] }) =>
      pass('metrics left out', `about ${Math.ceil(points)} points in 15 minutes`, {
        warning:
          'a sender has metrics whose names hold an address, a key or a number of five digits, or are ours to say: name them after what is measured',
      }),
    ),
    ...workers.map(({ values }) =>
      notShared(`another worker answered ${values[0]} times in 15 minutes, as its numbers tell`),
    ),
    ...(workers.length > 0 ? [] : halved).map(({ values: [part = 0] }) =>
      notShared(`it counted ${Math.round(100 * part)} % of the calls of Onyx in 15 minutes`),
    ),
  ];
}

const proxied = 'litellm_proxy_total_requests_metric_total';
const began = 'process_start_time_seconds{service="litellm"}';
/**
 * How often another worker answered than before. A restart makes the start later: an earlier one is another worker's. Workers of a quick
 * machine begin in the same hundredth of a second; then counters that fall while nothing has started are.
 */
export const alternating = `max by (service) (resets(${began}[15m])) > 0 or max by (service) (resets(${proxied}[15m])) > 0 and on () max(changes(${began}[15m])) == 0`;
/** Calls that Onyx made through LiteLLM, without the last: they may not have been collected yet. */
const ofOnyx =
  'sum(increase(gen_ai_client_operation_duration_seconds_count{gen_ai_provider_name="litellm", error_type=""}[15m] offset 1m))';
/** Those that LiteLLM has counted of anybody. It says of no series when it began, so what a rate leaves out of a new one counts here. */
const ofProxy = `sum(${proxied}) - (sum(${proxied} offset 16m) or vector(0))`;
/** Of fewer calls a share says nothing. */
const fewest = 30;
const least = 0.8;
/** The share that LiteLLM has counted, where it is too small. A restarted LiteLLM has forgotten some. */
export const uncounted = `(${ofProxy}) / (${ofOnyx} > ${fewest}) < ${least} unless on () max(changes(${began}[16m])) > 0`;

const notShared = (seen: string) =>
  fail('workers of litellm', {
    expected: 'numbers of all workers together',
    seen,
    cause: 'it has several workers, each with counters of its own: rates and totals of LiteLLM are invented',
    change:
      "PROMETHEUS_MULTIPROC_DIR in LiteLLM's environment: a folder that its workers share and that is empty when it starts, such as a tmpfs; or one worker",
  });

/** Why our collector exposes a point nowhere, and what to do about it. */
const hiding: Readonly<Record<string, string>> = {
  conflict: 'two metrics have one name and the same labels, or different types: rename one where it is sent',
  limit: 'the endpoint has as many series as it may hold: drop a label with many values where it is sent',
  overwritten:
    'two processes, or two exports of one, were taken for one until both had come twice: give each process its own service.instance.id',
  endless: 'a sender of deltas adds what is no number, such as a division by 0: mend it where it is measured',
  invalid: 'Prometheus refuses the name of a metric or of a label, or a label `le`: rename it where it is sent',
};

const sender = ({ labels }: Series): string => labels.app ?? labels.service ?? 'a sender';
