// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { lines as counted, seconds } from '../figures.ts';
import { quantile, rate, share, window } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Signal, scoped } from './signal.ts';

const empty = { because: 'fault', text: 'The collector cannot be reached' } as const;

export const accepted: Signal = {
  title: 'Points taken in',
  description: 'Data points each second, by receiver, in the last $window. If one stops alone, its source is silent.',
  unit: units.CountsPerSecond,
  queries: [{ expr: rate('otelcol_receiver_accepted_metric_points_total', ['receiver']), legend: '{{receiver}}' }],
  empty,
};

export const refused: Signal = {
  title: 'Points not taken in',
  description:
    'Data points each second that the collector refused, lost, left out or hid, or a storage refused, in the last $window. If it refuses or loses any, give it more memory and read its log; of the others `npm run verify` says why.',
  unit: units.CountsPerSecond,
  ...scoped('', ({ over }) => [
    { expr: rate('otelcol_receiver_refused_metric_points_total', [], over), legend: 'refused' },
    { expr: rate('otelcol_receiver_failed_metric_points_total', [], over), legend: 'failed' },
    {
      expr: rate('otelcol_processor_filter_datapoints_filtered_total{filter="filter/senders"}', [], over),
      legend: 'left out',
      empty: 'failure',
    },
    { expr: rate('otelcol_exporter_hidden_metric_points_total', [], over), legend: 'hidden', empty: 'failure' },
    {
      expr: rate('otelcol_exporter_send_failed_metric_points_total', [], over),
      legend: 'not stored',
      empty: 'failure',
    },
  ]),
  empty,
};

export const collectorMemory: Signal = {
  title: 'Collector memory',
  description:
    'Resident memory; from 640 MiB the collector refuses data. If it grows, find the service that sends more than before.',
  unit: units.BytesIEC,
  queries: [{ expr: 'max(otelcol_process_memory_rss_bytes)', legend: 'resident' }],
  empty,
};

export const collectorCpu: Signal = {
  title: 'Collector CPU',
  description:
    'Cores in use in the last $window. If it grows without more services, find the service that sends too many series.',
  unit: 'suffix:CPU',
  queries: [{ expr: rate('otelcol_process_cpu_seconds_total'), legend: 'collector' }],
  empty,
};

export const failedExports: Signal = {
  title: 'Exports that fail',
  description:
    'Share of the exports of each service in the last $window that the collector did not take. Above zero the numbers of that service arrive late, so check its way to the collector.',
  unit: units.PercentUnit,
  queries: [
    {
      expr: share(
        rate('onyx_telemetry_exports_total{success="false"}', ['service']),
        rate('onyx_telemetry_exports_total', ['service']),
      ),
      legend: '{{service}}',
    },
  ],
  empty: { because: 'fault', text: 'No service with the preload reports' },
};

export const foldedMeasurements: Signal = {
  title: 'Measurements folded',
  description:
    'Measurements each second in the last $window whose labels became other because their metric is full. Totals stay exact, so raise the limit only if you need the detail.',
  unit: units.CountsPerSecond,
  queries: [{ expr: rate('onyx_telemetry_folds_total', ['metric']), legend: '{{metric}}' }],
  empty: { because: 'failure', text: 'Nothing was folded since the services started' },
};

export const scrapeTime = {
  title: 'Scrapes, p95',
  description: `Time Prometheus needs for a scrape, p95 of 15 minutes; storing is most of it. Above ${seconds(limits.scrapeTime.critical)} look at the lines of that endpoint, and at the CPU of the host.`,
  unit: units.Seconds,
  queries: [
    {
      expr: 'max by (service) (quantile_over_time(0.95, scrape_duration_seconds{service!=""}[15m]))',
      legend: '{{service}}',
    },
  ],
  empty: { because: 'pull', text: 'Prometheus does not scrape the collector' },
  threshold: limits.scrapeTime,
} satisfies Signal;

/** Of the exporter built here; upstream's tells nothing of the kind. */
export const responseTime = {
  title: 'Answers, p95',
  description: `Time until an answer was written whole, p95 of 15 minutes; storing it is not part of it. Above ${seconds(limits.responseTime.critical)} on an idle host look at the lines of the endpoint.`,
  unit: units.Seconds,
  queries: [
    {
      expr: quantile(
        0.95,
        'sum by (service, le) (label_replace(increase(otelcol_exporter_response_duration_seconds_bucket[15m]), "service", "$1", "exporter", "prometheus/(.*)"))',
      ),
      legend: '{{service}}',
    },
  ],
  empty: { because: 'component', text: 'The collector runs upstream’s exporter, or has no scrapes' },
  threshold: limits.responseTime,
  scale: 0.5,
} satisfies Signal;

export const scrapeCourse: Signal = {
  ...scrapeTime,
  title: 'Scrape time',
  description:
    'Longest scrape of each endpoint in the last $window. If all rise at once, the host was busy; if one does, look at its lines.',
  queries: [
    {
      expr: `max by (service) (max_over_time(scrape_duration_seconds{service!=""}[${window}]))`,
      legend: '{{service}}',
    },
  ],
};

export const lines = {
  title: 'Lines',
  description: `Lines of the last scrape, with a budget of ${counted(limits.lines.warning)}. Above it docs/reference/metrics.md shows which metric has how many.`,
  unit: 'suffix:lines',
  queries: [{ expr: 'max by (service) (scrape_samples_scraped{service!=""})', legend: '{{service}}' }],
  empty: { because: 'pull', text: 'Prometheus does not scrape the collector' },
  threshold: limits.lines,
} satisfies Signal;

export const targets: Signal = {
  title: 'Endpoints reached',
  description:
    'Endpoints of the collector that Prometheus reaches. If all are down, start the collector; if one is, check its port and password.',
  unit: units.Short,
  queries: [{ expr: 'max by (service) (up{service!=""})', legend: '{{service}}' }],
  empty: { because: 'pull', text: 'Prometheus does not scrape the collector' },
  states: { 0: { text: 'Down', meaning: 'critical' }, 1: { text: 'Up', meaning: 'good' } },
};
