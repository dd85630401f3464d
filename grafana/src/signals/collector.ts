// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { rate, share, window } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Signal, scoped } from './signal.ts';

const empty = { because: 'fault', text: 'The collector cannot be reached' } as const;

export const accepted: Signal = {
  title: 'Points taken in',
  description: 'Data points each second, by receiver; one that stops alone: its source is silent.',
  unit: units.CountsPerSecond,
  queries: [{ expr: rate('otelcol_receiver_accepted_metric_points_total', ['receiver']), legend: '{{receiver}}' }],
  empty,
};

export const refused: Signal = {
  title: 'Points not taken in',
  description:
    'Data points each second the collector did not take; refused: it is short of memory, and senders try again; failed: they are lost; left out: their name is personal or ours.',
  unit: units.CountsPerSecond,
  ...scoped('', ({ over }) => [
    { expr: rate('otelcol_receiver_refused_metric_points_total', [], over), legend: 'refused' },
    { expr: rate('otelcol_receiver_failed_metric_points_total', [], over), legend: 'failed' },
    {
      expr: rate('otelcol_processor_filter_datapoints_filtered_total{filter="filter/senders"}', [], over),
      legend: 'left out',
      empty: 'failure',
    },
  ]),
  empty,
};

export const collectorMemory: Signal = {
  title: 'Collector memory',
  description: 'Resident memory; from 640 MiB it refuses what senders bring, at 800 MiB everything.',
  unit: units.BytesIEC,
  queries: [{ expr: 'max(otelcol_process_memory_rss_bytes)', legend: 'resident' }],
  empty,
};

export const collectorCpu: Signal = {
  title: 'Collector CPU',
  description: 'Cores in use; more than half a core without more services: somebody sends too many series.',
  unit: 'suffix:cores',
  queries: [{ expr: rate('otelcol_process_cpu_seconds_total'), legend: 'cores' }],
  empty,
};

export const failedExports: Signal = {
  title: 'Exports that fail',
  description: 'Share of the exports of each service the collector did not take; above zero its numbers arrive late.',
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
    'Measurements each second whose labels were folded into "other" because their metric is full, by metric; totals stay exact, detail is lost.',
  unit: units.CountsPerSecond,
  queries: [{ expr: rate('onyx_telemetry_folds_total', ['metric']), legend: '{{metric}}' }],
  empty: { because: 'failure', text: 'Nothing was folded since the services started' },
};

export const scrapeTime = {
  title: 'Endpoint scrape, p95',
  description: 'Time Prometheus needs for nineteen of twenty scrapes; above 10 ms: see the lines of that endpoint.',
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
  title: 'Answer of each endpoint, p95',
  description:
    'Time until 95 % of the answers of an endpoint were written whole; storing them, which is most of a scrape, is not in it.',
  unit: units.Seconds,
  queries: [
    {
      expr: 'histogram_quantile(0.95, sum by (exporter, le) (increase(otelcol_exporter_response_duration_seconds_bucket[15m])))',
      legend: '{{exporter}}',
    },
  ],
  empty: { because: 'pull', text: 'The collector runs upstream’s exporter, or nobody scrapes it' },
  threshold: limits.scrapeTime,
} satisfies Signal;

export const scrapeCourse: Signal = {
  ...scrapeTime,
  title: 'Scrape time',
  description: 'Longest scrape of each endpoint; spikes of all at once: the host was busy; of one: that endpoint is.',
  queries: [
    {
      expr: `max by (service) (max_over_time(scrape_duration_seconds{service!=""}[${window}]))`,
      legend: '{{service}}',
    },
  ],
};

export const lines = {
  title: 'Lines of each endpoint',
  description: `Lines of the last scrape; ${limits.lines.warning.toLocaleString('en')} are the budget; above it: docs/reference/metrics.md says which metric has how many.`,
  unit: 'suffix:lines',
  queries: [{ expr: 'max by (service) (scrape_samples_scraped{service!=""})', legend: '{{service}}' }],
  empty: { because: 'pull', text: 'Prometheus does not scrape the collector' },
  threshold: limits.lines,
} satisfies Signal;

export const targets: Signal = {
  title: 'Endpoints reached',
  description:
    'Whether Prometheus reaches each endpoint of the collector; all down: the collector; one: its port or the password.',
  unit: units.Short,
  queries: [{ expr: 'max by (service) (up{service!=""})', legend: '{{service}}' }],
  empty: { because: 'pull', text: 'Prometheus does not scrape the collector' },
  states: { 0: { text: 'Down', meaning: 'critical' }, 1: { text: 'Up', meaning: 'good' } },
};
