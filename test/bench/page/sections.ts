// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { endpoints } from '../../../otel/src/catalogue/catalogue.ts';

export interface Shown {
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
  /** The subjects that are ours; what they are beside is in `others`. */
  readonly ours: readonly string[];
  /** What people would use instead, in which we may be worse. What has nothing in it, such as a bare application, is none. */
  readonly others: readonly string[];
  /** What a subject is, where it is something else than a subject. */
  readonly subjects?: string;
  /** By the name in the result. */
  readonly measures: Readonly<Record<string, Shown>>;
  readonly chart?: {
    readonly title: string;
    readonly measures: readonly string[];
    /** Beside the result's baseline, or as it is. */
    readonly of: 'ratio' | 'value';
    readonly subjects?: readonly string[];
    readonly mark?: { readonly value: number; readonly text: string };
  };
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
    chart: {
      title: 'CPU of a request, times that of the bare application',
      measures: ['cpuMicrosecondsPerRequest'],
      of: 'ratio',
      mark: { value: 1, text: 'bare' },
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
    chart: {
      title: 'Time until the process has done it, times that of the bare one',
      measures: ['wallMilliseconds'],
      of: 'ratio',
      mark: { value: 1, text: 'bare' },
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
    chart: {
      title: 'CPU of a request, times that of the bare application',
      measures: ['cpuMicrosecondsPerRequest'],
      of: 'ratio',
      mark: { value: 1, text: 'bare' },
    },
  },
  {
    suite: 'record',
    title: 'What one measurement costs',
    ours: ["otel's recorder, otel/register", 'OpenTelemetry instrument, otel/register'],
    others: ['prom-client', "OpenTelemetry instrument, upstream's SDK"],
    measures: { nanoseconds: { heading: 'ns' }, bytes: { heading: 'bytes to be collected' } },
    chart: {
      title: 'CPU of one measurement, times that of prom-client',
      measures: ['nanoseconds'],
      of: 'ratio',
      mark: { value: 1, text: 'prom-client' },
    },
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
    chart: {
      title: 'A scrape, p95, times that of a constant text of the same size',
      measures: ['p95Milliseconds'],
      of: 'ratio',
      mark: { value: 1, text: 'constant text' },
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
    chart: {
      title: 'A scrape, p95, times that of a minimal configuration, which has one endpoint for all',
      measures: ['p95Milliseconds'],
      of: 'ratio',
      mark: { value: 1, text: 'minimal' },
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
    chart: {
      title: 'An answer, p50, times that of upstream’s exporter',
      measures: ['p50Milliseconds'],
      of: 'ratio',
      mark: { value: 0.1, text: 'a tenth' },
    },
  },
  {
    suite: 'collector-points',
    title: 'A point in our configuration of the collector',
    ours: ['our configuration'],
    others: ['minimal', 'without the statements for senders', "upstream's components"],
    measures: { cpuMicrosecondsPerPoint: { heading: 'CPU of a point, us' } },
    chart: {
      title: 'CPU of a point, times that of a minimal configuration',
      measures: ['cpuMicrosecondsPerPoint'],
      of: 'ratio',
      mark: { value: 2, text: 'twice' },
    },
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
    chart: {
      title: 'A scrape by Prometheus, p95, milliseconds',
      measures: ['prometheusP95Milliseconds'],
      of: 'value',
      mark: { value: 10, text: '10 ms' },
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
    chart: {
      title: 'From the end of a chat or task until Prometheus has it, seconds',
      measures: ['p50Seconds', 'p95Seconds', 'maxSeconds'],
      of: 'value',
      subjects: ['values on their way'],
      mark: { value: 30, text: '30 s' },
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
    chart: {
      title: 'The slowest query of all boards, milliseconds',
      measures: ['slowestQueryMilliseconds'],
      of: 'value',
      mark: { value: 500, text: '500 ms' },
    },
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
