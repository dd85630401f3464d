// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { endpoints } from '../../../otel/src/catalogue/catalogue.ts';

interface Shown {
  /** What the measure is called on the page, with its unit. */
  readonly heading: string;
  readonly moreIsBetter?: true;
  /** Neither good nor bad: what it was measured on, or how. */
  readonly describes?: true;
}

/** What the page shows of a suite. */
export interface Section {
  readonly suite: string;
  readonly title: string;
  /** The subjects that are ours; the others are in `others`. */
  readonly ours: readonly string[];
  /** What people would use instead, in which we may be worse. What has nothing in it, such as a bare application, is none. */
  readonly others: readonly string[];
  /** What a subject is, where it is something else than a subject. */
  readonly subjects?: string;
  /** By the name in the result. */
  readonly measures: Readonly<Record<string, Shown>>;
}

const preloads = [
  'auto-instrumentations-node/register',
  'NodeSDK, http and express',
  'prom-client, express-prom-bundle',
];
const rss = { heading: 'memory, MB' };

export const sections: readonly Section[] = [
  {
    suite: 'overhead',
    title: 'What a preload costs a service',
    ours: ['otel/register'],
    others: preloads,
    measures: {
      cpuMicrosecondsPerRequest: { heading: 'CPU of a request, us' },
      requestsPerSecond: { heading: 'requests/s', moreIsBetter: true },
      p50Milliseconds: { heading: 'p50, ms' },
      p99Milliseconds: { heading: 'p99, ms' },
      rssMegabytes: rss,
    },
  },
  {
    suite: 'outgoing',
    title: 'What it costs to have outgoing requests measured',
    ours: ['otel/register'],
    others: ['NodeSDK, http and undici'],
    measures: {
      cpuMicrosecondsPerRequest: { heading: 'CPU of a request, us' },
      requestsPerSecond: { heading: 'requests/s', moreIsBetter: true },
      p50Milliseconds: { heading: 'p50, ms' },
      p99Milliseconds: { heading: 'p99, ms' },
      rssMegabytes: rss,
    },
  },
  {
    suite: 'outgoing-alone',
    title: 'What outgoing requests add to incoming ones',
    ours: ['otel/register'],
    others: [],
    measures: { cpuMicrosecondsPerRequest: { heading: 'CPU of a request, us' } },
  },
  {
    suite: 'startup',
    title: 'What a preload adds to the start of a process',
    ours: ['otel/register', 'register.cjs alone'],
    others: preloads,
    measures: {
      wallMilliseconds: { heading: 'wall, ms' },
      cpuMilliseconds: { heading: 'CPU, ms' },
      rssMegabytes: rss,
      modules: { heading: 'files loaded', describes: true },
    },
  },
  {
    suite: 'python',
    title: 'What the preload costs a Python service',
    ours: ['onyx_metrics'],
    others: ['opentelemetry-instrument', 'prometheus-fastapi-instrumentator'],
    measures: {
      cpuMicrosecondsPerRequest: { heading: 'CPU of a request, us' },
      requestsPerSecond: { heading: 'requests/s', moreIsBetter: true },
      p50Milliseconds: { heading: 'p50, ms' },
      wallMilliseconds: { heading: 'start, wall, ms' },
      cpuMilliseconds: { heading: 'start, CPU, ms' },
      rssMegabytes: rss,
    },
  },
  {
    suite: 'record',
    title: 'What one measurement costs',
    ours: ["otel's recorder, otel/register", 'OpenTelemetry instrument, otel/register'],
    others: ['prom-client', "OpenTelemetry instrument, upstream's SDK"],
    measures: { nanoseconds: { heading: 'ns' }, bytes: { heading: 'bytes to be collected' } },
  },
  {
    suite: 'endpoint',
    title: "A service's own /metrics",
    ours: ['otel/register'],
    others: ["upstream's exporter-prometheus", 'prom-client'],
    measures: {
      p50Milliseconds: { heading: 'p50, ms' },
      p95Milliseconds: { heading: 'p95, ms' },
      stallP95Milliseconds: { heading: 'event loop held up, p95, ms' },
      longestStallMilliseconds: { heading: 'held up, longest, ms' },
    },
  },
  {
    suite: 'collector',
    title: 'Our configuration of the collector',
    ours: ['our configuration'],
    others: ['minimal'],
    measures: {
      linesOfAnEndpoint: { heading: 'lines of an endpoint', describes: true },
      p95Milliseconds: { heading: 'scrape p95, ms' },
      pointsPerSecond: { heading: 'points/s', moreIsBetter: true },
      pointsRefused: { heading: 'refused' },
      cpuPercentOfACore: { heading: 'CPU, % of a core' },
      cpuMicrosecondsPerPoint: { heading: 'CPU of a point, us' },
      peakMegabytes: rss,
      series: { heading: 'series until it refuses', moreIsBetter: true },
      secondsUntilItTakesMore: { heading: 'seconds until it takes more' },
    },
  },
  {
    suite: 'collector-exporter',
    title: 'Our exporter compared with upstream’s',
    ours: ['our exporter'],
    others: ["upstream's exporter", 'static file'],
    measures: {
      p50Milliseconds: { heading: 'answer p50, ms' },
      p95Milliseconds: { heading: 'answer p95, ms' },
      cpuMillisecondsPerScrape: { heading: 'CPU of a scrape, ms' },
      cpuMicrosecondsPerPoint: { heading: 'CPU of a point taken in, us' },
      prometheusP50Milliseconds: { heading: "Prometheus' scrape p50, ms" },
      prometheusP95Milliseconds: { heading: "Prometheus' scrape p95, ms" },
    },
  },
  {
    suite: 'collector-points',
    title: 'A point in our configuration of the collector',
    ours: ['our configuration'],
    others: ['minimal', 'without the statements for senders', "upstream's components"],
    measures: { cpuMicrosecondsPerPoint: { heading: 'CPU of a point, us' } },
  },
  {
    suite: 'scrape',
    title: 'Scrapes on the whole platform',
    subjects: 'endpoint',
    ours: endpoints,
    others: [],
    measures: {
      lines: { heading: 'lines' },
      prometheusP50Milliseconds: { heading: 'p50, ms' },
      prometheusP95Milliseconds: { heading: 'p95, ms' },
      clientP95Milliseconds: { heading: 'p95 of another client, ms' },
      clientMaxMilliseconds: { heading: 'its longest, ms' },
    },
  },
  {
    suite: 'pipeline',
    title: 'From a value to Prometheus',
    subjects: 'what',
    ours: ['values on their way', 'collector', 'prometheus', 'alertmanager'],
    others: [],
    measures: {
      increments: { heading: 'increments' },
      lost: { heading: 'lost' },
      doubled: { heading: 'doubled' },
      p50Seconds: { heading: 'p50, s' },
      p95Seconds: { heading: 'p95, s' },
      maxSeconds: { heading: 'longest, s' },
      perSecond: { heading: 'values/s' },
      cpuPercentOfACore: { heading: 'CPU, % of a core' },
      peakMegabytes: rss,
    },
  },
  {
    suite: 'growth',
    title: 'More platforms on gateways that push',
    subjects: 'gateways',
    ours: ['one gateway', 'two gateways'],
    others: [],
    measures: {
      series: { heading: 'series', describes: true },
      pointsPerSecond: { heading: 'points/s', describes: true },
      exportsRefused: { heading: 'exports refused' },
      gatewaysCpuPercentOfACore: { heading: 'CPU of the gateways, % of a core' },
      gatewaysMegabytes: { heading: 'their memory, MB' },
      kilobytesPerSecondIn: { heading: 'they read, kB/s' },
      kilobytesPerSecondOut: { heading: 'they write, kB/s' },
      prometheusCpuPercentOfACore: { heading: 'CPU of Prometheus, % of a core' },
      prometheusMegabytes: { heading: 'its memory, MB' },
    },
  },
  {
    suite: 'footprint',
    title: 'What the monitoring side takes',
    subjects: 'process',
    ours: ['collector', 'prometheus', 'alertmanager'],
    others: [],
    measures: {
      cpuPercentOfACore: { heading: 'CPU, % of a core' },
      peakMegabytes: rss,
      series: { heading: 'series' },
      chunkBytesPerSample: { heading: 'bytes of a sample on the disk' },
    },
  },
  {
    suite: 'footprint-at-limits',
    title: 'What it takes with every limit reached',
    subjects: 'process',
    ours: ['collector', 'prometheus'],
    others: [],
    measures: {
      cpuPercentOfACore: { heading: 'CPU, % of a core' },
      peakMegabytes: rss,
      series: { heading: 'series' },
    },
  },
  {
    suite: 'containers',
    title: 'What the containers of the overlay take',
    subjects: 'container',
    ours: ['alertmanager', 'collector', 'containers', 'docker', 'grafana', 'prometheus'],
    others: [],
    measures: {
      cpuPercentOfACore: { heading: 'CPU, % of a core' },
      megabytes: { heading: 'memory, MB' },
    },
  },
  {
    suite: 'dashboards',
    title: 'Queries of the boards',
    ours: ['recorded rates'],
    others: ['raw counters'],
    measures: {
      'system-overviewMilliseconds': { heading: 'System Overview, ms' },
      'application-performanceMilliseconds': { heading: 'Application Performance, ms' },
      'llm-metricsMilliseconds': { heading: 'LLM Metrics, ms' },
      'rag-performanceMilliseconds': { heading: 'RAG Performance, ms' },
      'infrastructure-healthMilliseconds': { heading: 'Infrastructure Health, ms' },
      slowestQueryMilliseconds: { heading: 'slowest query, ms' },
    },
  },
  {
    suite: 'dashboards-at-limits',
    title: 'The slowest panel with 100 routes, 25 models and 500 label sets of chats',
    subjects: 'board',
    ours: ['system-overview', 'application-performance', 'llm-metrics', 'rag-performance', 'infrastructure-health'],
    others: [],
    measures: { slowestPanelMilliseconds: { heading: 'slowest panel, ms' } },
  },
  {
    suite: 'lines',
    title: 'Lines of code',
    subjects: 'folder',
    ours: [],
    others: [],
    measures: {
      files: { heading: 'files' },
      lines: { heading: 'lines' },
      ofThemComments: { heading: 'of them comments' },
    },
  },
];
